internal import Foundation
print("x")
