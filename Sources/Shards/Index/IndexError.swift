package import Kernels

/// An index that is not there, or that cannot do what was asked.
package enum IndexError: ExitCoded, CustomStringConvertible, Equatable {
  /// Nothing of an index at the path.
  case notAnIndex(path: String, detail: String)
  /// An index without `current`.
  case nothingPublished(path: String)
  /// `rollback` from the oldest generation.
  case nothingBefore(path: String, generation: Int)
  case noGeneration(path: String, generation: Int)
  /// The manifest was given where its folder is meant.
  case manifest(path: String, folder: String)
  /// The building folder does not hold what the manifest lists.
  case incomplete(path: String, detail: String)

  package var exitCode: ExitCode {
    switch self {
    case .notAnIndex, .nothingPublished, .nothingBefore, .noGeneration, .manifest: .noInput
    case .incomplete: .bug
    }
  }

  package var description: String {
    switch self {
    case .notAnIndex(let path, let detail):
      "\(path) is not an index: \(detail)"
    case .nothingPublished(let path):
      "\(path) has no published generation yet: run its job, or `pipeline publish`"
    case .nothingBefore(let path, let generation):
      "\(path) cannot be rolled back: there is no generation before \(generation)"
    case .noGeneration(let path, let generation):
      "\(path) has no generation \(generation)"
    case .manifest(let path, let folder):
      "\(path) is the manifest of an index, and JSON to read as it is; give the index's folder: \(folder)"
    case .incomplete(let path, let detail):
      "\(path) cannot be committed: \(detail)"
    }
  }
}
