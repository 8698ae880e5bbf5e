internal import Kernels

/// Frames out of a worker's standard output. One thread at a time.
struct FrameReader {
  private let process: ChildProcess
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  private var start = 0
  private var end = 0

  init(_ process: ChildProcess) {
    self.process = process
  }

  /// The next frame; `nil` when the worker has ended, in the middle of one or not, or `isStopped`.
  ///
  /// - Parameter limit: the largest payload that a header may announce; nothing is allocated before it is asked.
  /// - Throws: `FrameHeader.Malformed`, what `limit` throws, `FileError`.
  mutating func next(isStopped: () -> Bool, limit: (FrameHeader) throws -> Int) throws -> Frame? {
    guard let head = try take(Frame.headerBytes, isStopped) else { return nil }
    let header = try FrameHeader(head)
    let most = try limit(header)
    guard header.length <= most else {
      throw FrameHeader.Malformed(
        description: "a frame of kind \(header.kind) that announces \(header.length) bytes, where \(most) are possible")
    }
    guard let payload = try take(header.length, isStopped) else { return nil }
    return try header.frame(payload)
  }

  /// Exactly `count` bytes; `nil` when none comes any more.
  private mutating func take(_ count: Int, _ isStopped: () -> Bool) throws -> [UInt8]? {
    var bytes = Array(buffer[start..<min(start + count, end)])
    start += bytes.count
    if bytes.count == count { return bytes }
    var filled = bytes.count
    // What is larger than the buffer goes past it.
    let isLarge = count - filled >= buffer.count
    if isLarge { bytes += repeatElement(0, count: count - filled) }
    while filled < count {
      let reading =
        isLarge
        ? try process.read(.output, into: &bytes, from: filled, milliseconds: 500)
        : try process.read(.output, into: &buffer, from: 0, milliseconds: 500)
      switch reading {
      case .bytes(let more) where isLarge: filled += more
      case .bytes(let more):
        let used = min(more, count - filled)
        bytes += buffer[..<used]
        filled += used
        (start, end) = (used, more)
      case .nothing:
        // Whoever inherited its output may keep the pipe open after it is gone.
        if isStopped() || process.ending() != nil { return nil }
      case .end: return nil
      }
    }
    return bytes
  }
}
