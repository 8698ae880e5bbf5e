internal import Synchronization

/// Loads each artifact file once and shares it between workers.
package final class ArtifactCache: Sendable {
  private let loaded = Mutex<[String: any Artifact]>([:])

  package init() {}

  /// The artifact in the file `path`. Loading holds the lock, so that no two workers load the same file.
  func load<A: Artifact>(_ path: String, as type: A.Type) throws -> A {
    try loaded.withLock { loaded in
      if let found = loaded[path] as? A { return found }
      let artifact = try A(path: path)
      loaded[path] = artifact
      return artifact
    }
  }

  /// Forgets everything, so that the memory of one pass does not burden the next.
  func removeAll() { loaded.withLock { $0 = [:] } }
}
