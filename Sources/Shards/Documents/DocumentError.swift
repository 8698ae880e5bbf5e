package import Kernels

/// A document that cannot be stored. Readers check for these before; here they are the last line of defence.
package enum DocumentError: ExitCoded, CustomStringConvertible, Equatable {
  /// An empty id cannot be asked for in any file or on any command line.
  case emptyID(document: Int)
  /// Two documents of one shard have the same id.
  case duplicateID(id: [UInt8], first: Int, second: Int)
  /// A text of 1 GiB or more, or more documents than a shard can number.
  case tooLarge(document: Int, detail: String)

  package var exitCode: ExitCode { .badData }

  package var description: String {
    switch self {
    case .emptyID(let document):
      "document \(document) of the shard has an empty id: give it one, or quarantine it"
    case .duplicateID(let id, let first, let second):
      "documents \(first) and \(second) of the shard have the same id `\(String(decoding: id, as: UTF8.self))`: "
        + "remove one of them, or let the duplicates be quarantined"
    case .tooLarge(let document, let detail):
      "document \(document) of the shard does not fit: \(detail)"
    }
  }
}
