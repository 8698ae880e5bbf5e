internal import Backends
internal import Codecs
internal import Kernels

extension FuzzTarget {
  static var backend: [FuzzTarget] {
    [FuzzTarget("frame-header", header), FuzzTarget("frames", frames), FuzzTarget("greeting", greeting)]
  }

  private static func header(_ bytes: [UInt8]) throws {
    guard bytes.count >= Frame.headerBytes else { return }
    let header = try FrameHeader(Array(bytes[..<Frame.headerBytes]))
    guard header.length == bytes.count - Frame.headerBytes else { return }
    _ = try header.frame(Array(bytes[Frame.headerBytes...]))
  }

  private static let greetings = BackendKind.allCases.map { kind in
    let hasVectors = kind == .dense || kind == .tokenVectors
    let text =
      #"{"protocol":1,"gives":"\#(kind.rawValue)","takes":["texts"],"identity":"x","limits":{}"#
      + (hasVectors ? #","dimension":3}"# : #","vocabulary":7}"#)
    return try? Greeting(Frame(.hello, payload: Array(text.utf8)), for: BackendDescription(command: ["x"]))
  }

  /// kind:u8 count:u8 payload: the answer of a worker of that kind, with a checksum that fits.
  private static func frames(_ bytes: [UInt8]) throws {
    guard bytes.count >= 2, let greeting = greetings[Int(bytes[0]) % greetings.count] else { return }
    let kinds: [BackendKind: Frame.Kind] = [
      .dense: .dense, .sparse: .sparse, .tokenVectors: .tokenVectors, .expansion: .expansion,
    ]
    guard let kind = kinds[greeting.gives] else { return }
    let sent = Frame(kind, count: Int(bytes[1]), payload: Array(bytes[2...])).bytes
    let header = try FrameHeader(Array(sent[..<Frame.headerBytes]))
    guard header.length <= greeting.answerBytes(count: header.count) else { return }
    let frame = try header.frame(Array(sent[Frame.headerBytes...]))
    let reader = AnswerReader(greeting)
    switch greeting.gives {
    case .dense: _ = try reader.dense(frame)
    case .sparse:
      let vectors = try reader.sparse(frame)
      precondition(vectors.count == frame.count)
    case .tokenVectors: _ = try reader.tokenVectors(frame)
    case .expansion:
      let expansions = try reader.expansions(frame)
      precondition(expansions.count == frame.count)
    }
    _ = try? reader.vocabulary(Frame(.vocabulary, count: 7, payload: Array(bytes[2...])))
  }

  private static func greeting(_ bytes: [UInt8]) throws {
    _ = try Greeting(Frame(.hello, payload: bytes), for: BackendDescription(command: ["x"])).answerBytes(count: 256)
  }
}
