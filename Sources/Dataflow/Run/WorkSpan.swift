internal import Dispatch

/// Counts the seconds of a run from its beginning.
package struct RunClock: Sendable {
  private let begun = DispatchTime.now()

  package init() {}

  package var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - begun.uptimeNanoseconds) / 1e9 }
}

/// When one piece of work was done, and how long it took: a stage on a chunk, or a part of what makes an artifact or an
/// index of all chunks.
package struct WorkSpan: Sendable, Codable, Hashable {
  package let stage: String
  /// From 1; 0 for what comes after the passes.
  package let pass: Int
  /// The chunk's place among those of its source; `nil` for what is done once for all chunks.
  package let chunk: Int?
  /// What was done, where it is not a chunk: a sink's unit, `combine`, `finish`.
  package let unit: String
  /// Seconds since the run began.
  package let start: Double
  package let seconds: Double
  /// Records that came out of it, or went into it where nothing does.
  package let rows: Int

  package init(
    stage: String, pass: Int, chunk: Int? = nil, unit: String = "", start: Double, seconds: Double, rows: Int = 0
  ) {
    self.stage = stage
    self.pass = pass
    self.chunk = chunk
    self.unit = unit
    self.start = start
    self.seconds = seconds
    self.rows = rows
  }
}
