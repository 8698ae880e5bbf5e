import Backends
import Codecs
import Encoders
import Foundation
import Kernels
import Testing

/// Workers that break in every way we could think of: the call fails with the right code and a clear word, nothing hangs,
/// and no child stays.
@Suite struct HostileWorkerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let how: String
    let kind: BackendError.Kind
    let says: String
    var gives = "dense"
    var testDescription: String { "\(gives) \(how)" }
  }

  static let cases = [
    Case(how: "never", kind: .failed, says: "no answer for 1 s"),
    Case(how: "silent-start", kind: .failed, says: "not greeted in 1 s"),
    Case(how: "exit-at-start", kind: .failed, says: "exited with code 1 before it greeted"),
    Case(how: "garbage-at-start", kind: .wrong, says: "no frame begins with \"all work and no play"),
    Case(how: "old-protocol", kind: .refused, says: "version 99"),
    Case(how: "exit-0", kind: .failed, says: "exited with code 0"),
    Case(how: "exit-3", kind: .failed, says: "exited with code 3; it last said: CUDA out of memory"),
    Case(how: "crash", kind: .failed, says: "killed by signal 6"),
    Case(how: "print", kind: .wrong, says: "no frame begins with \"Loading model..."),
    Case(how: "nan", kind: .wrong, says: "infinite or not a number"),
    Case(how: "infinite", kind: .wrong, says: "infinite or not a number"),
    Case(how: "nan", kind: .wrong, says: "infinite or not a number", gives: "sparse"),
    Case(how: "nan", kind: .wrong, says: "infinite or not a number", gives: "token-vectors"),
    Case(how: "nan", kind: .wrong, says: "infinite or not a number", gives: "expansion"),
    Case(how: "count", kind: .wrong, says: "answers to a batch of"),
    Case(how: "short", kind: .wrong, says: "bytes where"),
    Case(how: "long", kind: .wrong, says: "announces"),
    Case(how: "short", kind: .wrong, says: "do not fit", gives: "sparse"),
    Case(how: "lengths", kind: .wrong, says: "shorter than its lengths", gives: "sparse"),
    Case(how: "lengths", kind: .wrong, says: "shorter than its lengths", gives: "token-vectors"),
    Case(how: "lengths", kind: .wrong, says: "shorter than its lengths", gives: "expansion"),
    Case(how: "term", kind: .wrong, says: "outside of its vocabulary", gives: "sparse"),
    Case(how: "twice-a-term", kind: .wrong, says: "twice in a vector", gives: "sparse"),
    Case(how: "unasked", kind: .wrong, says: "does not owe"),
    Case(how: "twice", kind: .wrong, says: "does not owe"),
    Case(how: "flood", kind: .wrong, says: "does not owe"),
    Case(how: "kind", kind: .wrong, says: "as an answer"),
    Case(how: "checksum", kind: .wrong, says: "checksum"),
    Case(how: "huge", kind: .wrong, says: "announces 4294967280 bytes"),
    Case(how: "half", kind: .failed, says: "exited with code 0"),
    Case(how: "close-output", kind: .failed, says: "closed its output"),
    Case(how: "close-input", kind: .failed, says: "process"),
    Case(how: "error", kind: .reported, says: "no such token"),
  ]

  @Test(arguments: cases)
  func aBrokenWorkerFailsTheCallAndNothingElse(_ broken: Case) throws {
    let lines = Lines()
    let description = ExampleWorker.description(broken.gives, "--dimension", "4", "--misbehave", broken.how) {
      $0.batch = 8
      $0.startSeconds = broken.how == "silent-start" ? 1 : 20
      $0.answerSeconds = ["never", "close-input"].contains(broken.how) ? 1 : 20
    }
    let begun = Date()
    let error = try #require(throws: BackendError.self) {
      switch broken.gives {
      case "sparse":
        _ = try BackendSparseEncoder(Backend(description, log: lines.log)).encode(.texts(ExampleWorker.texts(200)))
      case "expansion":
        _ = try BackendExpander(Backend(description, log: lines.log)).expand(.texts(ExampleWorker.texts(200)))
      case "token-vectors":
        _ = try BackendTokenVectorEncoder(Backend(description, log: lines.log)).encode(.texts(ExampleWorker.texts(200)))
      default:
        _ = try BackendDenseEncoder(Backend(description, log: lines.log)).encode(.texts(ExampleWorker.texts(200)))
      }
    }
    #expect(error.kind == broken.kind, "\(error)")
    #expect("\(error)".contains(broken.says), "\(error)")
    #expect("\(error)".contains("example-worker \(broken.gives)"))
    // What comes from a worker moves no cursor.
    #expect(!"\(error)".unicodeScalars.contains { $0.value < 0x20 })
    #expect(Date().timeIntervalSince(begun) < 15)
  }

  @Test(arguments: ["exit-0", "exit-3", "crash", "half", "never", "close-output"])
  func aWorkerThatDiesOnceIsReplacedAndNothingIsLost(how: String) throws {
    let lines = Lines()
    let mark = NSTemporaryDirectory() + "mark-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: mark) }
    let description = ExampleWorker.description("dense", "--dimension", "4", "--misbehave", how, "--mark", mark) {
      $0.batch = 8
      $0.answerSeconds = 1
      $0.retries = 1
    }
    let texts = ExampleWorker.texts(300)
    let values = try BackendDenseEncoder(Backend(description, log: lines.log)).encode(.texts(texts))
    #expect(values == texts.flatMap { ExampleWorker.vector($0, dimension: 4) })
    #expect(lines.all.contains { $0.contains("trying again, 1 of 1") })
  }

  @Test func aWorkerThatAlwaysDiesIsGivenUp() throws {
    let lines = Lines()
    let description = ExampleWorker.description("dense", "--misbehave", "exit-3") {
      $0.batch = 8
      $0.retries = 2
    }
    let encoder = try BackendDenseEncoder(Backend(description, log: lines.log))
    let error = try #require(throws: BackendError.self) { try encoder.encode(.texts(ExampleWorker.texts(300))) }
    #expect(error.exitCode == .unavailable)
    #expect(lines.all.count { $0.contains("trying again") } == 2)
  }

  @Test func aFloodOfWordsIsCutShort() throws {
    let lines = Lines()
    let description = ExampleWorker.description("dense", "--dimension", "4", "--misbehave", "flood-errors") {
      $0.batch = 100
    }
    let texts = ExampleWorker.texts(200)
    let values = try BackendDenseEncoder(Backend(description, log: lines.log)).encode(.texts(texts))
    #expect(values == texts.flatMap { ExampleWorker.vector($0, dimension: 4) })
    #expect(lines.all.count <= WorkerLog.maximumLines + 1)
    #expect(lines.all.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } })
  }

  @Test func anotherWorkerThanTheFileSaysIsRefused() throws {
    let description = ExampleWorker.description("dense", "--identity", "model-b") { $0.identity = "model-a" }
    let error = try #require(throws: BackendError.self) {
      try BackendDenseEncoder(Backend(description)).encode(.texts(ByteStrings([[65]])))
    }
    #expect(error.exitCode == .configuration)
    #expect("\(error)".contains("model-a") && "\(error)".contains("model-b"))
  }

  @Test func anotherKindOfWorkerIsRefused() throws {
    let error = try #require(throws: BackendError.self) {
      try BackendDenseEncoder(ExampleWorker.backend("sparse")).encode(.texts(ByteStrings([[65]])))
    }
    #expect(error.exitCode == .configuration && "\(error)".contains("it gives sparse, where dense is wanted"))
  }

  @Test(arguments: ["/no/such/program", "no-such-program-of-bigrain", "/usr"])
  func aProgramThatIsNotThereIsNamed(program: String) throws {
    let error = try #require(throws: BackendError.self) {
      try BackendDenseEncoder(Backend(BackendDescription(command: [program]))).encode(.texts(ByteStrings([[65]])))
    }
    #expect(error.kind == .missing && error.exitCode == .unavailable && "\(error)".contains(program))
  }

  /// Frames with a few bits turned, by a worker that means no harm otherwise.
  @Test func noBytesFromAWorkerAreBelieved() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let good = Frame(.dense, sequence: 7, count: 2, payload: Array(0..<32)).bytes
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0...random(3) { bytes[random(bytes.count)] ^= UInt8(1 << random(8)) }
      let frame = Result {
        let header = try FrameHeader(Array(bytes[..<32]))
        return header.length == 32 ? try header.frame(Array(bytes[32...])) : nil
      }
      #expect(bytes == good || (try? frame.get()) == Optional<Frame>.none)
    }
  }
}

@Suite struct FrameTests {
  /// The example of docs/backend-protocol.md.
  @Test func theExampleInTheDocumentationIsAFrame() throws {
    let text = try String(
      contentsOfFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/backend-protocol.md").path, encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("42 47 52 4e 03") })
    func bytes(_ line: String) -> [UInt8] { line.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
    let question = try FrameHeader(bytes(lines[start])).frame(bytes(lines[start + 1]))
    #expect(question == Frame(.texts, sequence: 1, count: 1, payload: [2, 0, 0, 0, 104, 105]))
    #expect(question.bytes == bytes(lines[start]) + bytes(lines[start + 1]))
    let answer = try FrameHeader(bytes(lines[start + 2])).frame(bytes(lines[start + 3]))
    #expect(answer.kind == .dense && answer.payload.count == 8)
  }
}
