internal import Synchronization

/// Something made when it is first asked for, once; a failure is tried again.
package final class Lazy<Value: Sendable>: Sendable {
  private let make: @Sendable () throws -> Value
  private let made = Mutex<Value?>(nil)

  package init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  package func value() throws -> Value {
    try made.withLock { made in
      if let value = made { return value }
      let value = try make()
      made = value
      return value
    }
  }
}
