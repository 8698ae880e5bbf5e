internal import Dataflow
internal import Foundation
internal import Synchronization

/// Tells how far a run is: a line that renews itself on a terminal, a plain line now and then otherwise.
final class ProgressLine: Sendable {
  /// Whether stderr is a terminal that can renew a line.
  static let isLive =
    isatty(2) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    && ProcessInfo.processInfo.environment["CI"] == nil

  private let lastShown = Mutex(Date.distantPast)
  /// Seconds between two lines.
  private let interval = ProgressLine.isLive ? 0.2 : 30.0

  func observe(_ event: RunEvent) {
    switch event {
    case .passStarted(let number, let total, let chunks, let stages):
      Terminal.log(
        "pass \(number) of \(total): \(Terminal.grouped(chunks)) chunk\(chunks == 1 ? "" : "s") -> "
          + stages.joined(separator: ", "))
      lastShown.withLock { $0 = Date() }
    case .progress(let progress): show(progress)
    case .reductionStarted(let stage): Terminal.log("combining \(stage)")
    case .reductionFinished, .worked: break
    case .warning(let text): Terminal.log("warning: \(text)")
    case .notice(let text): Terminal.log(text)
    }
  }

  private func show(_ progress: RunProgress) {
    let isDue = lastShown.withLock { last in
      guard Date().timeIntervalSince(last) >= interval else { return false }
      last = Date()
      return true
    }
    guard isDue else { return }
    let line = Self.text(progress)
    if Terminal.logsJSON {
      return Terminal.log(
        LogLine(level: "info", message: line.trimmingCharacters(in: .whitespaces), progress: progress))
    }
    Terminal.raw(Self.isLive ? "\r\u{1B}[K" + line : line + "\n")
  }

  /// `42 %  21/50 chunks  1.3 M tokens/s  12 s left`.
  static func text(_ progress: RunProgress) -> String {
    var parts = ["  \(progress.bytes == 0 ? 100 : 100 * progress.bytesDone / progress.bytes) %"]
    parts.append("\(progress.chunksDone)/\(progress.chunks) chunks")
    if progress.seconds > 0, progress.tokens > 0 {
      parts.append("\(Terminal.grouped(Int(Double(progress.tokens) / progress.seconds))) tokens/s")
    } else if progress.seconds > 0 {
      parts.append("\(Terminal.bytes(Int(Double(progress.bytesDone) / progress.seconds)))/s")
    }
    if let left = progress.secondsLeft, progress.bytesDone < progress.bytes {
      parts.append("\(Terminal.duration(left)) left")
    }
    return parts.joined(separator: "  ")
  }
}
