import Foundation
import Kernels
import Testing

/// The built `pipeline` beside the tests, and a scratch folder with a job.
struct PipelineProgram {
  /// A finished process.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  static let path: String = {
    // The test bundle lies in the folder of the products.
    let bundle = Bundle.allBundles.map(\.bundlePath).first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("pipeline").path
  }()

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// In memory where there is room: a job is little, and on a busy disk fsync takes longer than all else.
  private static let base: String =
    (FileSystem.freeBytes("/dev/shm") ?? 0) > 512 << 20 ? "/dev/shm/" : NSTemporaryDirectory()

  let folder: String

  /// A scratch folder with `job.yaml` over a copy of the sample that is cut into many small chunks.
  init(copies: Int = 1, shards: Int = 2) throws {
    folder = Self.base + "pipeline-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let sample = try String(contentsOfFile: Self.root + "/data/sample/collection.tsv", encoding: .utf8)
    var text = ""
    for copy in 0..<copies {
      for line in sample.split(separator: "\n") { text += "\(copy)-\(line)\n" }
    }
    try text.write(toFile: folder + "/collection.tsv", atomically: true, encoding: .utf8)
    try """
    stages:
      passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 4KiB}
      terms: {use: analyze, from: passages, analyzer: english}
      frequencies: {use: fit.documentFrequencies, from: terms}
      weights: {use: encode.bm25, from: terms, frequencies: frequencies, k1: 1.2, b: 0.75}
      range: {use: fit.impactRange, from: weights}
      impacts: {use: quantize.impacts, from: weights, range: range, bits: 8}
      index: {use: shard, sparse: impacts, documents: passages, shards: \(shards)}
    """.write(toFile: folder + "/pipeline.yaml", atomically: true, encoding: .utf8)
    try """
    pipeline: pipeline.yaml
    inputs: {collection: collection.tsv}
    output: out
    """.write(toFile: job, atomically: true, encoding: .utf8)
  }

  var job: String { folder + "/job.yaml" }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  func start(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil, of path: String = Self.path
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    return process
  }

  /// Runs the program to its end. Its words go through files, so that no full pipe stops it.
  @discardableResult
  func run(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil, of path: String = Self.path
  ) throws -> Result {
    try finish(start(arguments, environment: environment, directory: directory, of: path))
  }

  /// Runs a line of the shell, in which `$PIPELINE` is the program, in the scratch folder.
  func shell(_ command: String) throws -> Result {
    try finish(start(["-c", command], environment: ["PIPELINE": Self.path], directory: folder, of: "/bin/bash"))
  }

  private func finish(_ process: Process) throws -> Result {
    let name = folder + "/words-\(UInt64.random(in: 0...UInt64.max))"
    for suffix in [".out", ".err"] { _ = FileManager.default.createFile(atPath: name + suffix, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: name + ".out")
    process.standardError = FileHandle(forWritingAtPath: name + ".err")
    try process.run()
    process.waitUntilExit()
    defer { for suffix in [".out", ".err"] { try? FileManager.default.removeItem(atPath: name + suffix) } }
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: (try? String(contentsOfFile: name + ".out", encoding: .utf8)) ?? "",
      errors: (try? String(contentsOfFile: name + ".err", encoding: .utf8)) ?? "")
  }

  /// Path to content of every file below `folder`, links as their targets.
  static func files(below folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let path = folder + "/" + name
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
        files[name] = Data(target.utf8)
      } else if try FileSystem.status(path)?.isRegular == true {
        files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    return files
  }

  /// The files of the published generation.
  func index(_ output: String = "out") throws -> [String: Data] {
    try Self.files(below: folder + "/\(output)/current/.")
  }
}
