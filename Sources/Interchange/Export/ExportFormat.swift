package import Kernels

/// A file format of another engine that an index can be written in. A new one is a file and a line in
/// `ExportFormats.all`.
///
/// An export first checks that the format can hold the index, and writes nothing where it cannot. Files appear under
/// their names when all of them are complete, and their bytes depend on the index alone. The documents of all shards
/// are one collection: the shards one after the other, each in its own order (reordered or not), which is the order of
/// rows and document numbers in every format; ids go with them.
package protocol ExportFormat: Sendable {
  /// What `--format` says.
  static var name: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// Whether it is made of dense vectors or their codes, rather than of the sparse side.
  static var needsVectors: Bool { get }
  /// Writes the files. Throws `ExportRefusal` before anything is written, `FileError`, `FormatError`.
  static func export(_ source: ExportSource, to output: ExportOutput, options: ExportOptions) throws -> ExportReport
}

extension ExportFormat {
  package static var needsVectors: Bool { false }
}

/// What a user allows an export to change.
package struct ExportOptions: Sendable {
  /// What the format cannot hold, to be cut to what it can, and counted.
  package enum Clip: String, Sendable, CaseIterable {
    /// Impacts above the format's highest become the highest.
    case impacts
    /// Terms that the format cannot name are left out with their postings; where there are too many, the rarest.
    case terms
    /// Ids that the format cannot hold are replaced by row numbers; a file `.ids` keeps the ids by row.
    case ids
  }

  package var clip: Set<Clip> = []
  /// Whether formats with a place for it get the stored text.
  package var text = false

  package init() {}
}

/// What an export wrote, and what it changed on the way.
package struct ExportReport: Sendable {
  package var documents = 0
  package var terms = 0
  package var postings = 0
  /// How often something was cut, by name: `impacts`, `terms`, `postings`, `ids`. Only what an option allowed.
  package var clipped: [String: Int] = [:]
  /// What a user of the other engine should know.
  package var notes: [String] = []

  package init() {}
}

/// The index does not fit the format. Nothing has been written.
package struct ExportRefusal: ExitCoded, CustomStringConvertible {
  package let format: String
  package let detail: String
  package var exitCode: ExitCode { .badData }
  package var description: String { "`\(format)` cannot hold this index: \(detail)" }
}
