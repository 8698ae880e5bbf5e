internal import Codecs
internal import Interchange
internal import Kernels

extension FuzzTarget {
  /// Files of vectors that other programs write.
  static var imports: [FuzzTarget] {
    RowFiles.all.map { $0.name }.map { name in FuzzTarget(name) { bytes in try rows(bytes, in: name) } } + [
      FuzzTarget("json-sparse") { _ = JSONVectorLines.sparse($0) },
      FuzzTarget("json-dense") { _ = JSONVectorLines.dense($0, dimension: 3) },
      FuzzTarget("ids", ids), FuzzTarget("ciff", ciff),
    ]
  }

  private static func rows(_ bytes: [UInt8], in format: String) throws {
    guard let type = RowFiles.named(format) else { return }
    let file = try type.init(path: Scratch.file(bytes))
    guard file.rowCount < 1 << 16 else { return }
    let ids = RowIDs.decode([], first: 0, count: file.rowCount, isNumbered: true) ?? ByteStrings()
    let batch = try file.decode(file.read(0..<file.rowCount)[...], rows: file.rowCount, ids: ids)
    precondition(batch.ids.count + batch.rejected.count == file.rowCount)
  }

  private static func ids(_ bytes: [UInt8]) throws {
    let ids = try RowIDs(path: Scratch.file(bytes))
    let rows = bytes.count { $0 == UInt8(ascii: "\n") }
    for (part, range) in try ids.ranges(rows: rows, size: 3).enumerated() {
      let decoded = RowIDs.decode(
        try ids.read(range)[...], first: part * 3, count: min(3, rows - part * 3), isNumbered: false)
      precondition(decoded != nil, "lines were counted differently")
    }
  }

  /// Whatever opens can be read.
  private static func ciff(_ bytes: [UInt8]) throws {
    let path = try Scratch.file(bytes)
    let file = try CIFFFile(path: path, temporary: path + ".unpacked")
    let whole = try file.rows(0..<file.documentCount)
    precondition(whole.ids.count + whole.rejected.count == file.documentCount)
    if file.documentCount > 2 { _ = try file.rows(1..<file.documentCount - 1) }
  }
}
