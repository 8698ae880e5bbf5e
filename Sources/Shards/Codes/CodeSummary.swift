internal import Codecs
internal import Kernels

/// What a file of codes says of itself.
struct CodeSummary {
  let documents: Int
  let parts: Int
  let bits: Int
  /// `nil` where codes are in the order of documents.
  let lists: Int?

  /// Throws `FormatError`.
  init(_ envelope: Envelope) throws {
    let section = try envelope.verifiedSection(CodeWriter.summary)
    let count = envelope.version == 1 ? 3 : 4
    let fields = section.count == 4 * count ? try section.array(of: UInt32.self, at: 0, count: count).map(Int.init) : []
    guard fields.count == count, (1...8).contains(fields[2]), (1...1 << 16).contains(fields[1]) else {
      throw FormatError.corrupt(path: envelope.path, detail: "its summary is not one")
    }
    documents = fields[0]
    parts = fields[1]
    bits = fields[2]
    lists = count == 4 ? fields[3] : nil
  }
}
