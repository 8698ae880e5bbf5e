internal import Codecs
package import Dataflow
internal import Tokenizers

/// Cuts long texts into passages: windows of words or sentences, with ids `document#0`, `document#1`, ...
///
/// A passage is an exact part of the text. A search over an index made so counts the best passage of each document
/// (`PassageIdentifier`). An empty text is one empty passage.
package struct Segment: MapStage {
  package static let name = "segment"
  package static let version = 1
  package static let summary = "cuts texts into windows of words or sentences; ids become `document#k`"
  package static let ports = [Port.stream("from", Passages.type)]
  package static let output = StageOutput.stream(Passages.type)

  package enum Unit: String, Codable, Sendable, CaseIterable { case words, sentences }

  package struct Parameters: Codable, Sendable, CheckedParameters {
    package let unit: Unit
    /// Units in a window.
    package let length: Int
    /// Units from one window's start to the next's; without it, windows do not overlap.
    package let stride: Int?

    package var problem: ParameterProblem? {
      if length < 1 { return ParameterProblem("length", "must be at least 1") }
      if let stride, !(1...length).contains(stride) {
        return ParameterProblem("stride", "must be between 1 and `length`")
      }
      return nil
    }
  }

  package let parameters: Parameters
  private let windows: PassageWindows

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    windows = try PassageWindows(
      unit: parameters.unit == .words ? .words : .sentences, length: parameters.length,
      stride: parameters.stride ?? parameters.length)
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    var ids = ByteStrings()
    var texts = ByteStrings()
    for row in 0..<passages.ids.count {
      let text = Array(passages.texts[row])
      for (window, range) in windows.ranges(of: text).enumerated() {
        ids.append(PassageIdentifier.of(document: Array(passages.ids[row]), window: window))
        texts.append(text[range])
      }
    }
    return Passages(ids: ids, texts: texts).batch()
  }
}
