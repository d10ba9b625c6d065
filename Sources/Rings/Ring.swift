internal import Memory
