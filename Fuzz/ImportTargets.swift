// libFuzzer's entry for everything that reads files of other programs. The target is the environment variable
// BIGRAIN_FUZZ; see `Fuzz/run.sh`. An error is fine, a crash, a hang or memory without bound is not.

/// Where files for parsers that take a path are put: in memory.
private let path = "/dev/shm/bigrain-fuzz-\(UInt64.random(in: 0...UInt64.max))"
private let target = environmentValue("BIGRAIN_FUZZ") ?? "json-sparse"

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // libFuzzer's own memory, `count` bytes, copied.
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  try? run(bytes)
  return 0
}

private func run(_ bytes: [UInt8]) throws {
  switch target {
  case "json-sparse": _ = JSONVectorLines.sparse(bytes)
  case "json-dense": _ = JSONVectorLines.dense(bytes, dimension: 3)
  case "streams":
    try FileAppender(creating: path).write(bytes)
    let input = try InputFile(path: path)
    let stream = try Compression.detected(in: input).stream(input)
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while try stream.read(into: &block, at: 0) > 0 {}
  case "ids":
    try FileAppender(creating: path).write(bytes)
    let ids = try RowIDs(path: path)
    let rows = bytes.count { $0 == 0x0A }
    for (part, range) in try ids.ranges(rows: rows, size: 3).enumerated() {
      let decoded = RowIDs.decode(
        try ids.read(range)[...], first: part * 3, count: min(3, rows - part * 3), isNumbered: false)
      precondition(decoded != nil, "lines were counted differently")
    }
  case "ciff":
    try FileAppender(creating: path).write(bytes)
    let file = try CIFFFile(path: path, temporary: path + ".unpacked")
    // Whatever opens can be read.
    let whole = try file.rows(0..<file.documentCount)
    precondition(whole.ids.count + whole.rejected.count == file.documentCount)
    if file.documentCount > 2 { _ = try file.rows(1..<file.documentCount - 1) }
  default:
    guard let type = RowFiles.named(target) else { fatalError("no target \(target)") }
    try FileAppender(creating: path).write(bytes)
    let file = try type.init(path: path)
    guard file.rowCount < 1 << 16 else { return }
    let ids = RowIDs.decode([], first: 0, count: file.rowCount, isNumbered: true) ?? ByteStrings()
    let batch = try file.decode(file.read(0..<file.rowCount)[...], rows: file.rowCount, ids: ids)
    precondition(batch.ids.count + batch.rejected.count == file.rowCount)
  }
}
