#!/bin/bash
# Lists every Swift file of the project, each ended by a zero byte.
git ls-files -z --cached --others --exclude-standard -- '*.swift'
