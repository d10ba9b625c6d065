internal import Engine
