package import Dataflow
internal import Foundation
internal import Kernels
internal import Stages

/// What a run will take, extrapolated from runs over small parts of the collection (`SampleRun`).
///
/// - Time: what a stage takes for a chunk is a fixed part and a part for each byte of text; chunks go to workers as the
///   scheduler does it. What is done for all chunks together grows with a power of the text.
/// - Disk: files of chunks, artifacts and files of the index grow with powers of their own.
/// - Memory: the largest of what chunks in work, their combination and the search of the evaluation occupy, within the
///   job's budget as far as the engine keeps it.
///
/// Rows that the run will take over from earlier ones are not known beforehand: they count as if they were computed.
package struct Forecast: Sendable, Encodable {
  package let seconds: Double
  /// Of the generation, if one is built.
  package let indexBytes: Int
  /// Of what is added to the work folder.
  package let workBytes: Int
  /// The largest resident set.
  package let memoryBytes: Int
  /// Text that the samples had, all together, and how long they took.
  package let sampleBytes: Int
  package let sampleSeconds: Double
  /// The disk was full before the last sample was done.
  private(set) var noRoom: Preflight.NoRoomForSample?

  private enum CodingKeys: String, CodingKey {
    case seconds, indexBytes, workBytes, memoryBytes, sampleBytes, sampleSeconds
  }

  /// Seconds that a sample, and all of them, may take before no larger one is tried, and bytes of the first one's chunks.
  private static let secondsLimit = 1.5
  private static let secondsOfAll = 12.0
  private static let firstBytes = 8 << 10
  /// A sample that took no longer says little of a large collection: the next one is four times as large, not twice.
  private static let littleSeconds = 0.3

  /// - Returns: `nil` where nothing is to be done, where no sample comes to its end, or where a child process encodes: a
  ///   plan starts none.
  package init?(_ session: JobView, _ plan: Plan, workers: Int) throws {
    guard !plan.isUpToDate, plan.chunks > 0, !session.graph.nodes.contains(where: { Self.usesBackend($0.stage) }) else {
      return nil
    }
    let evaluator = try session.evaluator()
    var samples: [SampleRun] = []
    var bytes = Self.firstBytes
    let clock = RunClock()
    while bytes * workers <= max(plan.bytes, 2 * Self.firstBytes * workers) || samples.count < 2 {
      do {
        let sample = try SampleRun.measure(session, bytes: bytes, workers: workers, evaluator: evaluator)
        if let last = samples.last, last.bytes >= sample.bytes { break }
        samples.append(sample)
      } catch let error as any ExitCoded where Self.isDiskFull(error) {
        // What has no room for a sample has none for the whole.
        let noRoom = Preflight.NoRoomForSample(textBytes: bytes * workers, cause: error)
        if samples.isEmpty { throw noRoom }
        self.noRoom = noRoom
        break
      } catch {
        // Small samples may fail where the collection will not: too few vectors for a quantizer's codes.
      }
      let last = samples.last?.seconds ?? 0
      if samples.count > 2 && last > Self.secondsLimit || bytes >= 64 << 20 { break }
      if samples.count > 1 && clock.seconds > Self.secondsOfAll { break }
      bytes *= last < Self.littleSeconds ? 4 : 2
    }
    if samples.isEmpty { return nil }
    let extrapolation = Extrapolation(samples, plan, workers: workers)
    seconds = session.startSeconds + extrapolation.seconds(evaluates: evaluator != nil)
    indexBytes = extrapolation.indexBytes
    workBytes = extrapolation.workBytes
    memoryBytes = extrapolation.memoryBytes(budget: session.job.file.budget.memory.bytes)
    sampleBytes = samples.reduce(0) { $0 + $1.bytes }
    sampleSeconds = clock.seconds
  }

  private static func isDiskFull(_ error: any Error) -> Bool {
    if let failure = error as? StageFailure { return isDiskFull(failure.underlying) }
    return (error as? FileError)?.isDiskFull ?? false
  }

  private static func usesBackend(_ stage: some Stage) -> Bool {
    (stage.parameters as? any ModelParameters)?.backend != nil
  }
}

/// From samples to a plan.
private struct Extrapolation {
  let samples: [SampleRun]
  let plan: Plan
  let workers: Int
  private let collection: Double

  init(_ samples: [SampleRun], _ plan: Plan, workers: Int) {
    self.samples = samples
    self.plan = plan
    self.workers = workers
    collection = Double(plan.bytes)
  }

  private func whole(_ amount: (SampleRun) -> Double) -> [(size: Double, amount: Double)] {
    samples.map { (Double($0.bytes), amount($0)) }
  }

  /// For one chunk of the mean size.
  private func eachChunk(_ amount: (SampleRun) -> Double) -> [(size: Double, amount: Double)] {
    samples.map { (Double($0.bytes) / Double(max($0.chunks, 1)), amount($0) / Double(max($0.chunks, 1))) }
  }

  private func length(_ task: Plan.ChunkTask) -> Double { Double(plan.splits[task.source][task.chunk].length) }

  private func name(_ node: Int) -> String { plan.graph.nodes[node].name }

  // MARK: time

  func seconds(evaluates: Bool) -> Double {
    var seconds = fixedSeconds
    for pass in plan.passes {
      var lines: [Int: (fixed: Double, each: Double)] = [:]
      let tasks = pass.tasks.map { task -> Double in
        plan.steps(of: task).reduce(0) { sum, node in
          let line = lines[node] ?? chunkLine(node, pass.number)
          lines[node] = line
          return sum + line.fixed + line.each * length(task)
        }
      }
      seconds += Growth.makespan(tasks, workers: workers)
      for node in pass.reductions {
        seconds += Growth.power(whole { $0.reductionSeconds[name(node)] ?? 0 }, at: collection)
      }
    }
    if evaluates, !plan.graph.sinks.isEmpty {
      let line = Growth.line(whole(\.evaluationSeconds))
      seconds += line.fixed + line.each * collection
    }
    return seconds
  }

  private func chunkLine(_ node: Int, _ pass: Int) -> (fixed: Double, each: Double) {
    let key = SampleRun.StagePass(stage: name(node), pass: pass)
    return Growth.line(eachChunk { $0.chunkSeconds[key] ?? 0 })
  }

  /// What belongs to no stage: folders, the checkpoint's notes.
  private var fixedSeconds: Double {
    let rests = samples.map { sample in
      let chunks = sample.chunkSeconds.values.reduce(0, +) / Double(max(min(workers, sample.chunks), 1))
      return sample.seconds - chunks - sample.reductionSeconds.values.reduce(0, +) - sample.evaluationSeconds
    }
    return max(rests.min() ?? 0, 0)
  }

  // MARK: disk

  var workBytes: Int {
    var bytes = 0.0
    for pass in plan.passes {
      for task in pass.tasks {
        for node in Set(task.targets + plan.steps(of: task).filter { plan.graph.nodes[$0].type.isSource }) {
          let points = eachChunk { Double($0.stored[name(node)] ?? 0) }
          bytes += Growth.power(points, at: length(task), exponents: 0.4...1.05)
        }
      }
      for node in pass.reductions {
        bytes += Growth.power(whole { Double($0.artifacts[name(node)] ?? 0) }, at: collection)
      }
    }
    return Int(bytes) + Self.checkpointBytes
      * plan.passes.reduce(1) { $0 + $1.tasks.reduce(0) { $0 + $1.targets.count } }
  }

  /// Of the checkpoint, for each file: its row, and its part of the notes.
  private static let checkpointBytes = 600

  var indexBytes: Int {
    guard plan.passes.contains(where: { $0.reductions.contains { plan.graph.nodes[$0].type.output == .index } }) else {
      return 0
    }
    let names = Set(samples.flatMap(\.index.keys))
    return Int(
      names.reduce(0) { sum, name in
        sum + Growth.power(whole { Double($0.index[name] ?? 0) }, at: collection, exponents: 0.2...1.05)
      })
  }

  // MARK: memory

  func memoryBytes(budget: Int) -> Int {
    // The first run of a process loads what later ones find loaded, which would pass for growth with the text.
    let samples = samples.count > 2 ? Array(samples.dropFirst()) : samples
    func whole(_ amount: (SampleRun) -> Int) -> [(size: Double, amount: Double)] {
      samples.map { (Double($0.bytes), Double(amount($0))) }
    }
    let inWork =
      plan.passes.map { pass in
        pass.tasks.map(length).sorted(by: >).prefix(workers).reduce(0, +)
      }.max() ?? 0
    // By the text in work. What a model computes with has its largest size soon, so that this is no line.
    let chunks = Growth.power(
      samples.map { sample in
        (
          Double(sample.bytes * min(workers, sample.chunks)) / Double(max(sample.chunks, 1)),
          Double(sample.memory.chunks)
        )
      }, at: inWork, exponents: 0...1)
    // Mostly what every run occupies, so that a power of the text grows slowly: a hundred times the text took at most four
    // times the memory.
    let reductions = Growth.power(whole(\.memory.reductions), at: collection, exponents: 0...0.3)
    let search = Growth.power(whole(\.memory.search), at: collection, exponents: 0...0.3)
    let least = Double(samples.map(\.memory.chunks).min() ?? 0)
    return Int(max(min(max(chunks, reductions), max(Double(budget), least)), search))
  }
}
