import Foundation
import Kernels
import Testing

/// Files of this folder's Golden/Streams; its make.py tells what they hold.
private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Golden/Streams")

private func path(_ name: String) -> String { golden.appending(path: name).path(percentEncoded: false) }

private func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: golden.appending(path: name))) }

/// Reads a file to its end through a buffer of `block` bytes.
private func unpacked(_ path: String, block: Int = 1 << 16, limit: ExpansionLimit = ExpansionLimit()) throws -> [UInt8]
{
  let file = try InputFile(path: path)
  let stream = try Compression.detected(in: file).stream(file, limit: limit)
  var buffer = [UInt8](repeating: 0, count: block)
  var all: [UInt8] = []
  while true {
    let count = try stream.read(into: &buffer, at: 0)
    all += buffer[..<count]
    if count < block { return all }
  }
}

/// A file that is removed after `body`.
private func withFile(_ content: [UInt8], suffix: String = "", _ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + suffix)
  try Data(content).write(to: url)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path(percentEncoded: false))
}

@Suite struct CompressionTests {
  static let packed = [
    "members.gz", "padded.gz", "frames.zst", "skippable.zst", "frames.lz4", "skippable.lz4",
  ]

  @Test(arguments: packed) func severalMembersAndFramesGiveTheirTextsInOrder(name: String) throws {
    let expected = try bytes("plain.txt")
    for block in [1, 7, 1000, 1 << 20] {
      #expect(try unpacked(path(name), block: block) == expected, "in blocks of \(block)")
    }
  }

  @Test(arguments: packed) func theContentTellsTheCompressionAndTheNameDoesNot(name: String) throws {
    try withFile(try bytes(name), suffix: ".txt") { (path) throws in
      let expected: Compression = name.hasSuffix("gz") ? .gzip : name.hasSuffix("lz4") ? .lz4 : .zstd
      // A stream that begins with a skippable frame is told by the frame behind it.
      #expect(try Compression.detected(in: InputFile(path: path)) == expected)
    }
  }

  @Test(arguments: packed) func aStreamCutAnywhereIsTruncatedOrEndsAtAFrame(name: String) throws {
    let content = try bytes(name)
    let whole = try bytes("plain.txt")
    var wholeFrames = 0
    for length in stride(from: content.count - 1, to: 40, by: -13) {
      try withFile(Array(content[..<length])) { (path) throws in
        do {
          let text = try unpacked(path)
          #expect(whole.starts(with: text))
          wholeFrames += 1
        } catch let error as StreamError {
          #expect([.truncated, .corrupt].contains(error.kind), "\(error)")
          #expect(error.path == path && error.offset <= UInt64(length))
        }
      }
    }
    #expect(wholeFrames < 90, "only padding and the borders of four frames end whole")
  }

  @Test(arguments: packed) func aFlippedBitNeverPassesAsOtherText(name: String) throws {
    let content = try bytes(name)
    let expected = try bytes("plain.txt")
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for _ in 0..<200 {
      var flipped = content
      flipped[Int.random(in: 0..<content.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try withFile(flipped) { (path) throws in
        // A flip in a header's spare fields changes nothing; one in the magic number makes a plain file of it.
        guard (try? Compression.detected(in: InputFile(path: path))) != Compression.none else { return }
        if let text = try? unpacked(path) {
          // A frame that a flip made skippable goes missing: formats without a file-wide check cannot tell.
          #expect(text == expected || text.count < expected.count, "seed \(seed)")
        }
      }
    }
  }

  @Test func wrongChecksumsAreCorruptAndNameTheFile() throws {
    for (name, fromEnd) in [("members.gz", 6), ("frames.zst", 2), ("frames.lz4", 2)] {
      var content = try bytes(name)
      content[content.count - fromEnd] ^= 0xFF
      try withFile(content) { (path) throws in
        let error = #expect(throws: StreamError.self) { _ = try unpacked(path) }
        #expect(error?.kind == .corrupt)
        #expect(error?.description.hasPrefix("\(path): byte ") ?? false)
      }
    }
  }

  @Test(arguments: ["zeros.gz", "zeros.zst", "zeros.lz4"])
  func aDecompressionBombIsAnErrorBeforeItGrows(name: String) throws {
    let limit = ExpansionLimit(ratio: 100, floor: 1 << 20)
    let error = #expect(throws: StreamError.self) { _ = try unpacked(path(name), limit: limit) }
    #expect(error?.kind == .bomb)
    #expect(try unpacked(path(name)).count == 4 << 20, "below the usual floor it is allowed")
  }

  @Test func bytesAfterTheLastMemberThatAreNoMemberAreAnError() throws {
    try withFile(try bytes("members.gz") + Array("garbage".utf8)) { (path) throws in
      #expect(throws: StreamError.self) { _ = try unpacked(path) }
    }
    try withFile(try bytes("padded.gz") + [1]) { (path) throws in
      #expect(throws: StreamError.self) { _ = try unpacked(path) }
    }
  }

  @Test func compressionsThatAreNotReadAreNamedWithTheRemedy() throws {
    let magics: [[UInt8]] = [
      [0x1F, 0x9D, 0x90], Array("BZh91AY&SY".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], Array("PK\u{3}\u{4}".utf8),
      [0x02, 0x21, 0x4C, 0x18], [0xFF, 0xFE, 0x31, 0],
    ]
    for magic in magics {
      try withFile(magic + [1, 2, 3, 4, 5, 6, 7, 8]) { (path) throws in
        let error = #expect(throws: StreamError.self) { try Compression.detected(in: InputFile(path: path)) }
        #expect(error?.kind == .unsupported && error?.detail.contains("first") ?? false)
      }
    }
  }

  /// Incompressible members, larger than every buffer inside, built by hand: stored deflate blocks.
  @Test func membersLargerThanAllBuffersComeOutWhole() throws {
    var random = SplitMix(state: 7)
    let content = (0..<700_001).map { _ in UInt8.random(in: 0...255, using: &random) }
    let member = storedGzip(content)
    try withFile(member + member) { (path) throws in
      #expect(try unpacked(path, block: 100_003) == content + content)
      #expect(try unpacked(path, block: 3 << 20) == content + content)
    }
    try withFile(rawZstd(content) + rawZstd(content)) { (path) throws in
      #expect(try unpacked(path, block: 100_003) == content + content)
    }
  }

  @Test func aFileThatIsNotThereOrADirectoryIsSaidToBe() throws {
    #expect(throws: StreamError.self) { try InputFile(path: "/nonexistent/x") }
    let error = #expect(throws: StreamError.self) { try InputFile(path: golden.path(percentEncoded: false)) }
    #expect(error?.kind == .directory && error?.detail.contains("directory") ?? false)
  }
}

private func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func storedGzip(_ content: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  for start in stride(from: 0, to: content.count, by: 65535) {
    let block = content[start..<min(start + 65535, content.count)]
    let length = UInt64(block.count)
    result += [block.endIndex == content.count ? 1 : 0] + littleEndian(length, 2) + littleEndian(~length, 2) + block
  }
  var crc: UInt32 = ~0
  for byte in content {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return result + littleEndian(UInt64(~crc), 4) + littleEndian(UInt64(content.count), 4)
}

private func rawZstd(_ content: [UInt8]) -> [UInt8] {
  // Frame header: no content size, no checksum; window 2^17.
  var result: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 7 << 3]
  for start in stride(from: 0, to: content.count, by: 1 << 17) {
    let block = content[start..<min(start + 1 << 17, content.count)]
    let isLast: UInt64 = block.endIndex == content.count ? 1 : 0
    result += littleEndian(isLast | UInt64(block.count) << 3, 3) + block
  }
  return result
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
