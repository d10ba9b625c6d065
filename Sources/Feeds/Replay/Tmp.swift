internal import Market
