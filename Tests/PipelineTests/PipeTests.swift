import Foundation
import Testing

/// Commands that read texts, runs or judgements take them from a pipe as from a file.
@Suite struct PipeTests {
  private static let model = PipelineProgram.root + "/data/models/dense-tiny"

  @Test func textsComeFromAPipeAsFromAFile() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    // More than a block of what is read at once, and more than a pipe holds; ids only once.
    let words = String(repeating: "bees and wings ", count: 8)
    let text = (0..<12_000).map { "t\($0)\t\(words)\n" }.joined()
    try text.write(toFile: program.folder + "/long.tsv", atomically: true, encoding: .utf8)
    try "a\thello bees\nb\twing".write(toFile: program.folder + "/texts.tsv", atomically: true, encoding: .utf8)
    for (command, file) in [
      ("tokenize --model \(Self.model)", "long.tsv"), ("tokenize --model \(Self.model)", "texts.tsv"),
      ("encode --model \(Self.model) --as dense --threads 2", "texts.tsv"),
    ] {
      let expected = try program.shell("$PIPELINE \(command) --input \(file)")
      #expect(expected.status == 0 && !expected.output.isEmpty, "\(expected.errors)")
      for form in [
        "cat \(file) | $PIPELINE \(command)", "$PIPELINE \(command) < \(file)",
        "gzip -c \(file) | $PIPELINE \(command)", "$PIPELINE \(command) --input <(cat \(file))",
      ] {
        let piped = try program.shell(form)
        #expect(piped.status == 0, "\(form): \(piped.errors)")
        #expect(piped.output == expected.output, "\(form)")
      }
    }
    let twice = try program.shell("(cat long.tsv; head -1 long.tsv) | $PIPELINE tokenize --model \(Self.model)")
    #expect(twice.status == 65 && twice.errors.contains("the id t0 comes twice"), "\(twice.errors)")
    let nothing = try program.shell("$PIPELINE tokenize --model \(Self.model) < /dev/null")
    #expect(nothing.status == 65 && nothing.errors.contains("no topic"), "\(nothing.errors)")
  }

  @Test func queriesRunsAndJudgementsComeFromPipes() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    try "q1\tbees\nq2\twing\n".write(toFile: program.folder + "/q.tsv", atomically: true, encoding: .utf8)
    #expect(try program.shell("$PIPELINE search out --queries q.tsv --run file.run").status == 0)
    let piped = try program.shell("$PIPELINE search out --queries <(cat q.tsv) --run pipe.run")
    #expect(piped.status == 0, "\(piped.errors)")
    let run = try String(contentsOfFile: program.folder + "/file.run", encoding: .utf8)
    #expect(try String(contentsOfFile: program.folder + "/pipe.run", encoding: .utf8) == run)
    try "q1 0 0-bees-001 1\n".write(toFile: program.folder + "/qrels", atomically: true, encoding: .utf8)
    let expected = try program.shell("$PIPELINE evaluate --qrels qrels --run file.run")
    let evaluated = try program.shell("$PIPELINE evaluate --qrels <(cat qrels) --run <(cat file.run)")
    #expect(evaluated.status == 0 && expected.status == 0, "\(evaluated.errors)")
    #expect(evaluated.output == expected.output)
  }
}
