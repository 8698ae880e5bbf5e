internal import Synchronization

/// Something that is loaded when it is first asked for, and then shared: a search opens what it uses and no more.
final class LoadOnce<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let load: @Sendable () throws -> Value

  init(_ load: @escaping @Sendable () throws -> Value) { self.load = load }

  /// Others wait while it is loaded; a load that throws is tried again.
  func get() throws -> Value {
    try value.withLock { value in
      if let value { return value }
      let loaded = try load()
      value = loaded
      return loaded
    }
  }
}
