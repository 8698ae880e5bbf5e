/// What a run tells while it goes, for the log and the progress line. Events come from any thread, one at a time.
package enum RunEvent: Sendable {
  case passStarted(number: Int, of: Int, chunks: Int, stages: [String])
  case progress(RunProgress)
  case reductionStarted(stage: String)
  case reductionFinished(stage: String)
  /// A piece of work is done; of a chunk's, all that one worker did without a break are told together, afterwards.
  case worked(WorkSpan)
  /// Something went wrong that did not stop the run: a retry, a damaged file that is computed again.
  case warning(String)
  /// Something that a stage found and people should know.
  case notice(String)
}

/// How far a pass is.
package struct RunProgress: Sendable, Codable, Hashable {
  package var pass = 0
  package var passes = 0
  package var stage = ""
  package var chunksDone = 0
  package var chunks = 0
  /// Bytes of text, uncompressed.
  package var bytesDone = 0
  package var bytes = 0
  package var tokens = 0
  /// Since the pass began.
  package var seconds = 0.0
  /// Time that workers spent working, all together.
  package var busySeconds = 0.0
  package var workers = 0

  /// Seconds that are left at the pace so far; `nil` before there is one. The pace is that of tokens: a chunk counts
  /// by its text, and text by the tokens found in it.
  package var secondsLeft: Double? {
    bytesDone > 0 && seconds > 0 ? seconds * Double(bytes - bytesDone) / Double(bytesDone) : nil
  }
}
