import Foundation
import Kernels
import Testing

/// What somebody else wrote must not take the machine down, leave its folder, or speak to the terminal.
@Suite struct HostileInputTests {
  /// A collection without one good line but the last takes little memory and disk, and every record is counted.
  @Test func aCollectionOfBadLinesIsBounded() throws {
    struct Line: Decodable { let records: Int? }
    let program = try PipelineProgram()
    defer { program.remove() }
    let bad = 400_000
    try ((0..<bad).map { "\($0)\n" }.joined() + "d1\tbees\n").write(
      toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    let run = try program.shell("$PIPELINE run job.yaml --set stages.passages.chunk=64KiB --json")
    #expect(run.status == 1 && run.output.contains("\"missing-column\":\(bad)"), "\(run.errors)")
    let path = program.folder + "/out/generations/000001/quarantine.jsonl"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let counted = try lines.reduce(0) { sum, line in
      sum + (try JSONDecoder().decode(Line.self, from: Data(line.utf8)).records ?? 1)
    }
    #expect(counted == bad && lines.count < bad / 50, "\(lines.count) lines for \(counted) records")
    let bytes = try PipelineProgram.files(below: program.folder + "/out").values.reduce(0) { $0 + $1.count }
    #expect(bytes < 8 << 20, "\(bytes) bytes in all")
    struct Status: Decodable { let rejected: Int }
    let status = try program.run(["status", program.job, "--json"])
    #expect(try JSONDecoder().decode(Status.self, from: Data(status.output.utf8)).rejected == bad)
  }

  @Test func duplicatesAreToldInLinearTime() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try String(repeating: "same\tbees\n", count: 300_000).write(
      toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    let run = try program.run(["run", program.job, "--json", "--set", "stages.passages.chunk=16MiB"])
    #expect(run.status == 1 && run.output.contains("\"duplicate-id\":299999"), "\(run.output) \(run.errors)")
  }

  /// Ids, texts and names with escape sequences, in a pseudo-terminal.
  @Test func aTerminalIsNotSpokenTo() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try "d\u{1B}[31m1\tbees \u{1B}]0;title\u{7} in \u{9B}31m winter\n".write(
      toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    #expect(try program.run(["run", program.job]).status == 0)
    // Programs get the bytes as they are.
    #expect(try program.shell("$PIPELINE search out bees").output.contains("\u{1B}[31m"))
    let error = try program.run(["search", program.folder + "/o\u{1B}[31mut", "bees"])
    #expect(error.status == 66 && !error.errors.contains("\u{1B}") && error.errors.contains("\\u{1B}"))
    guard try program.shell("command -v script").status == 0 else { return print("skipped: there is no `script`") }
    let shown = try program.shell("script -qec \"$PIPELINE search out bees\" /dev/null < /dev/null")
    #expect(shown.output.contains("\\u{1B}[31m1"), "\(shown.output)")
    #expect(!shown.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{9B}" })
  }

  @Test func aTokenizerStaysInItsFolder() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let vocabulary = PipelineProgram.root + "/data/models/dense-tiny/vocab.txt"
    let model = program.folder + "/model"
    _ = try program.shell("mkdir model; cp \(vocabulary) outside.txt; ln -s ../outside.txt model/vocab.txt; echo a > t")
    let refused = try program.run(["tokenize", "--model", model, "--input", program.folder + "/t"])
    #expect(refused.status != 0 && refused.errors.contains("leaves the model's folder"), "\(refused.errors)")
    // As the Hugging Face cache has it: links to the blobs beside the snapshots.
    _ = try program.shell(
      "mkdir -p hub/blobs hub/snapshots/1; cp \(vocabulary) hub/blobs/v; cd hub/snapshots/1; ln -s ../../blobs/v vocab.txt"
    )
    _ = try program.shell("printf 'a\\tbees\\n' > t")
    let snapshot = try program.run([
      "tokenize", "--model", program.folder + "/hub/snapshots/1", "--input", program.folder + "/t",
    ])
    #expect(snapshot.status == 0, "\(snapshot.errors)")
  }

  /// The same for a tokenizer in a subfolder of a snapshot.
  @Test func aTokenizerInASnapshotsSubfolderIsRead() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let vocabulary = PipelineProgram.root + "/data/models/dense-tiny/vocab.txt"
    _ = try program.shell(
      "mkdir -p hub/blobs hub/snapshots/1/tokenizer; cp \(vocabulary) hub/blobs/v; cd hub/snapshots/1/tokenizer;"
        + " ln -s ../../../blobs/v vocab.txt; printf 'a\\tbees\\n' > \(program.folder)/t")
    let read = try program.run(
      ["tokenize", "--model", program.folder + "/hub/snapshots/1/tokenizer", "--input", program.folder + "/t"])
    #expect(read.status == 0, "\(read.errors)")
  }

  /// Ids that come again in another chunk, which are found when the index is put together.
  @Test func duplicatesAcrossChunksAreSummedUp() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let lines = (0..<3000).map { "d\($0)\tbees and wings \($0)\n" }.joined()
    try (lines + lines).write(toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    let run = try program.run(["run", program.job, "--json", "--set", "limits.quarantine=99%"])
    #expect(run.status == 0 && run.output.contains("\"duplicate-id\":3000"), "\(run.output) \(run.errors)")
    let path = program.folder + "/out/generations/000001/quarantine.jsonl"
    #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count <= 3000)
  }

  @Test func aPipeAmongTheInputsIsRefusedAndNotWaitedFor() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let run = try program.shell("mkfifo two.tsv; timeout 60 $PIPELINE run job.yaml --set 'inputs.collection=*.tsv'")
    #expect(run.status != 124 && run.status != 0 && run.errors.contains("two.tsv"), "\(run.status): \(run.errors)")
  }

  @Test func filesThatAreReadWholeAreBounded() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let run = try program.shell(
      "truncate -s 10G big; $PIPELINE run \(PipelineProgram.root)/jobs/bm25.yaml --output out --set evaluate.qrels=big")
    #expect(run.status == 65 && run.errors.contains("MiB"), "\(run.status): \(run.errors)")
    let endless = try program.shell("$PIPELINE evaluate --qrels /dev/zero --run /dev/zero")
    #expect(endless.status != 0 && endless.errors.contains("MiB"), "\(endless.status): \(endless.errors)")
  }

  @Test(arguments: ["0", "-1", "1025", "4611686018427387904", "9223372036854775807", "1e999"])
  func workersAreBounded(_ count: String) throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    for command in ["plan", "run"] {
      let result = try program.run([command, program.job, "--set", "budget.workers=\(count)"])
      #expect(result.status == 64 && result.errors.contains("1 to 1024"), "\(command): \(result.errors)")
    }
    #expect(try program.run(["run", program.job, "--workers", count]).status == 64)
  }

  /// A copy of somebody else's that may only be read.
  @Test func whatMayOnlyBeReadIsVerified() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    _ = try program.shell("chmod -R a+rX,a-w . ; chmod a+rx .")
    defer { _ = try? program.shell("chmod -R u+w .") }
    let command = getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups $PIPELINE" : "$PIPELINE"
    let verified = try program.shell("\(command) verify \(program.folder)/out")
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
    let status = try program.shell("\(command) status \(program.folder)/out")
    #expect(status.status == 0, "\(status.errors)")
  }
}
