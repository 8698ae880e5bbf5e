internal import ArgumentParser
internal import Dataflow
internal import Dispatch
internal import Foundation
internal import Jobs
internal import Kernels
internal import Synchronization

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a job: builds what is missing, evaluates and publishes the index.")

  @OptionGroup var options: JobOptions
  @Option(help: "Chunks in work at once, instead of the job's `budget.workers`.") var workers: Int?
  @Flag(help: "Takes nothing from earlier runs.") var fresh = false
  @Option(help: "Stops after this stage.") var until: String?
  @Flag(
    inversion: .prefixedNo,
    help:
      "Where little of the disk is free, runs small samples first, and refuses to start if it cannot hold the index.")
  var forecast = true
  @Flag(help: "Prints one JSON object at the end.") var json = false
  @Option(help: "How messages look on standard error.") var logFormat = LogFormat.text
  @Option(
    help: "Writes what a monitor wants to know as OpenMetrics text, for node_exporter's textfile collector.",
    completion: .file())
  var metrics: String?

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func validate() throws {
    if let workers, !(1...Workers.most).contains(workers) {
      throw ValidationError("--workers must be between 1 and \(Workers.most)")
    }
  }

  func run() throws {
    if logFormat == .json { Terminal.logJSON() }
    let file = metrics.map { MetricsFile($0, job: Job.name(of: options.job)) }
    let ended: (report: RunReport, refusal: JobRunner.Refusal?)
    do {
      ended = try run(file)
    } catch let error as FileLock.Held {
      // The file is that of the run that is at work.
      throw error
    } catch {
      // Before it has the lock, another run may be at work, whose file it is; a job that cannot be read does not say.
      let job = try? options.load()
      if let job, let holder = try? FileLock.holder(job.work + "/lock"), !holder.hasPrefix("process \(getpid()) ") {
        throw error
      }
      try? file?.end(
        nil, code: ((error as? any ExitCoded)?.exitCode ?? .bug).rawValue, isElsewhere: job == nil)
      throw error
    }
    try file?.end(ended.report.report, code: (ended.refusal?.exitCode ?? .success).rawValue)
    // Last: where nobody reads the output, printing ends the process.
    try ended.report.print(json: json)
    if let refusal = ended.refusal { throw refusal }
  }

  private func checkRoom(_ session: JobSession, _ plan: Plan) throws {
    let preflight = Preflight(session.job)
    guard forecast, until == nil, !plan.isUpToDate, preflight.isTight(textBytes: plan.bytes) else { return }
    if let forecast = try Forecast(session, plan, workers: workers ?? session.workers) { try preflight.check(forecast) }
  }

  private func run(_ metrics: MetricsFile?) throws -> (report: RunReport, refusal: JobRunner.Refusal?) {
    var drain: SignalDrain?
    // Cutting a large collection takes a while, in which the run is at work already.
    let session = try JobSession(options.load(), until: until) {
      drain = SignalDrain { try? metrics?.end(nil, code: Kernels.ExitCode.tryAgain.rawValue) }
      try metrics?.begin()
    }
    for warning in session.work.warnings { Terminal.log("warning: \(warning)") }
    let plan = try session.plan(fresh: fresh, until: until)
    try checkRoom(session, plan)
    let progress = ProgressLine()
    let begun = Date()
    let report = try JobRunner(session, plan: plan, workers: workers).run(
      observe: {
        progress.observe($0)
        metrics?.observe($0)
      }, started: { drain?.drain($0) })
    try session.work.close()
    return (RunReport(report: report, plan: plan, seconds: Date().timeIntervalSince(begun)), report.refusal)
  }
}

/// SIGINT, SIGTERM and SIGHUP: the first ends the run after the chunks in work, the second at once; before there is a run,
/// the first does.
final class SignalDrain {
  private var sources: [any DispatchSourceSignal] = []
  private let received = SignalCount()
  private let running = Mutex<Run?>(nil)
  private let queue = DispatchQueue(label: "bigrain.signals")

  /// - Parameter last: what is to be done before the process ends at once.
  init(last: @escaping @Sendable () -> Void) {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [weak self, received] in
        guard let run = self?.running.withLock({ $0 }), received.next() == 1 else {
          last()
          Foundation.exit(Kernels.ExitCode.tryAgain.rawValue)
        }
        Terminal.log("stopping after what is in work; once more to stop at once")
        run.drain()
      }
      source.resume()
      sources.append(source)
    }
  }

  func drain(_ run: Run) { running.withLock { $0 = run } }
}

/// Counts from any thread.
private final class SignalCount: Sendable {
  private let count = Mutex(0)

  /// 1 for the first call.
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
