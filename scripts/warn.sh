#!/bin/bash
# Says something that must be seen, on the error output.
printf '%s\n' "millrace: $*" >&2
