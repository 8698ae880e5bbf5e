import Foundation
import FoundationXML
import Testing

/// `report.html`, which every run writes.
@Suite struct ReportTests {
  private static let sample = PipelineProgram.root + "/data/sample"

  private func report(_ program: PipelineProgram) throws -> String {
    try String(contentsOfFile: program.folder + "/out/report.html", encoding: .utf8)
  }

  /// The page needs nothing, its drawings are XML, and every chart names its axes with units.
  private func check(_ html: String, charts: ClosedRange<Int>) throws {
    for word in ["<script", "http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(word), "\(word)") }
    #expect(html.hasPrefix("<!doctype html>") && html.hasSuffix("</html>\n"))
    #expect(html.contains("prefers-color-scheme:dark"))
    #expect(html.utf8.count < 2_000_000)
    var found = 0
    for part in html.components(separatedBy: "<svg ").dropFirst() {
      let svg = "<svg " + part.components(separatedBy: "</svg>")[0] + "</svg>"
      #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(svg.prefix(200))")
      guard svg.hasPrefix("<svg class=\"chart\"") else { continue }
      found += 1
      #expect(svg.contains("aria-label=\""))
      let titles = svg.matches(of: /<text[^>]*class="soft"[^>]*>[^<]+ \([^<]+\)<\/text>/)
      let names = ["Stage", "File of the index", "At work"].filter { svg.contains(">\($0)</text>") }
      #expect(titles.count + names.count == 2, "\(svg.prefix(120))")
    }
    #expect(charts.contains(found), "\(found) charts")
  }

  private func job(in program: PipelineProgram, extra: String = "") throws {
    try """
    pipeline: pipeline.yaml
    inputs: {collection: \(Self.sample)/collection.tsv}
    output: out
    evaluate: {queries: \(Self.sample)/queries.tsv, qrels: \(Self.sample)/qrels.trec, measures: [nDCG@10, RR@10]}
    \(extra)
    """.write(toFile: program.job, atomically: true, encoding: .utf8)
  }

  @Test func aRunIsShownWithItsEvaluationAgainstTheGenerationBefore() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try job(in: program)
    #expect(try program.run(["run", program.job]).status == 0)
    let first = try report(program)
    try check(first, charts: 9...9)
    for heading in [
      "Timeline", "Where the time went", "Where the bytes went", "The sparse side", "Evaluation", "Stages",
    ] {
      #expect(first.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    #expect(first.contains("Generation 1 is published") && first.contains("no evaluation of an earlier generation"))
    // Nothing to do: the page is about the run that built the index.
    #expect(try program.run(["run", program.job]).status == 0)
    let again = try report(program)
    try check(again, charts: 9...9)
    #expect(again.contains("found nothing to do"))
    // Other weights, another generation: compared query by query.
    #expect(try program.run(["run", program.job, "--set", "stages.weights.k1=0.2"]).status == 0)
    let second = try report(program)
    try check(second, charts: 9...9)
    #expect(second.contains("Generation 2 is published") && second.contains("<th>generation 1</th>"))
    #expect(second.contains("the largest changes"))
    #expect(try program.run(["verify", program.folder + "/out"]).status == 0)
  }

  @Test func expandedPassagesAreShown() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = PipelineProgram.root + "/jobs/msmarco.yaml"
    #expect(try program.run(["run", job, "--output", program.folder + "/out"]).status == 0)
    let html = try report(program)
    try check(html, charts: 9...9)
    #expect(html.contains("<h2>Expanded passages</h2>"))
    #expect(html.matches(of: /<p class="id">[^<]+, by expanded<\/p>/).count == 3)
    #expect(html.matches(of: /<li>[^<]+<small>-?[0-9.]+<\/small><\/li>/).count >= 20)
  }

  @Test func whatTextsHoldStaysText() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let hostile = "</svg><script>alert(1)</script> & \"quoted\" <b>"
    try "\(hostile.replacingOccurrences(of: " ", with: ""))\t\(hostile) honey keeps\n2\thoney\n".write(
      toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    try "1\thoney \(hostile)\n".write(toFile: program.folder + "/q.tsv", atomically: true, encoding: .utf8)
    try "1 0 2 1\n".write(toFile: program.folder + "/qrels", atomically: true, encoding: .utf8)
    try
      "pipeline: pipeline.yaml\ninputs: {collection: collection.tsv}\noutput: out\nevaluate: {queries: q.tsv, qrels: qrels}\n"
      .write(toFile: program.job, atomically: true, encoding: .utf8)
    let result = try program.run(["run", program.job])
    #expect(result.status == 0, "\(result.errors)")
    let html = try report(program)
    try check(html, charts: 6...9)
    #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
  }

  @Test func aReportThatCannotBeWrittenFailsNoRun() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try FileManager.default.createDirectory(
      atPath: program.folder + "/out/report.html/full", withIntermediateDirectories: true)
    let result = try program.run(["run", program.job])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("warning: the report could not be written"))
    #expect(FileManager.default.fileExists(atPath: program.folder + "/out/current/manifest.json"))
  }

  @Test func anIndexThatIsNotPublishedSaysWhy() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try "1\tgood\nno tab here\n".write(toFile: program.folder + "/collection.tsv", atomically: true, encoding: .utf8)
    let refused = try program.run(["run", program.job, "--set", "limits.quarantine=0"])
    #expect(refused.status == 1, "\(refused.errors)")
    #expect(try report(program).contains("are in quarantine"))
  }
}

/// `plan --graph`: the stages as a picture, and as text.
@Suite struct StageGraphTests {
  @Test func everyPipelineIsDrawn() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let svg = try program.run(["plan", program.job, "--graph", "svg"])
    #expect(svg.status == 0 && XMLParser(data: Data(svg.output.utf8)).parse())
    let stages = ["passages", "terms", "frequencies", "weights", "range", "impacts", "index"]
    for stage in stages { #expect(svg.output.contains(">\(stage)</text>"), "\(stage)") }
    #expect(svg.output.components(separatedBy: "class=\"edge\"").count == 1 + 9)
    let mermaid = try program.run(["plan", program.job, "--graph", "mermaid"]).output
    #expect(mermaid.hasPrefix("flowchart LR") && mermaid.contains("n3[\"weights<br/>encode.bm25\"]"))
    #expect(mermaid.contains("n3 -->|\"from\"| n5") && mermaid.contains("n5[\"impacts<br/>quantize.impacts\"]"))
    let dot = try program.run(["plan", program.job, "--graph", "dot"]).output
    #expect(dot.hasPrefix("digraph") && dot.contains("\"range\" -> \"impacts\" [label=\"range\"]"))
  }

  /// Words of Mermaid and of Graphviz name stages like any other.
  @Test func stagesMayHaveTheNamesOfKeywords() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let path = program.folder + "/pipeline.yaml"
    var pipeline = try String(contentsOfFile: path, encoding: .utf8)
    for (old, new) in [("weights", "end"), ("impacts:", "graph:"), ("sparse: impacts", "sparse: graph")] {
      pipeline = pipeline.replacing(old, with: new)
    }
    try pipeline.replacing("terms", with: "node-x").write(toFile: path, atomically: true, encoding: .utf8)
    let mermaid = try program.run(["plan", program.job, "--graph", "mermaid"])
    #expect(mermaid.status == 0, "\(mermaid.errors)")
    for line in mermaid.output.split(separator: "\n").dropFirst() {
      #expect(
        line.wholeMatch(of: /\ +n[0-9]+(\["[A-Za-z0-9_-]+<br\/>[A-Za-z0-9.-]+"\]| -->\|"[A-Za-z]+"\| n[0-9]+)/) != nil,
        "\(line)")
    }
    let dot = try program.run(["plan", program.job, "--graph", "dot"]).output
    #expect(dot.contains("\"end\" -> \"graph\" [label=\"from\"]") && dot.contains("\"node-x\" ["))
    let svg = try program.run(["plan", program.job, "--graph", "svg"]).output
    #expect(XMLParser(data: Data(svg.utf8)).parse() && svg.contains(">end</text>"))
  }

  @Test(arguments: [["--json"], ["--until", "terms"], ["--fresh"]])
  func aDrawingTakesNoOptionsThatItIgnores(_ options: [String]) throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let refused = try program.run(["plan", program.job, "--graph", "dot"] + options)
    #expect(refused.status == 64 && refused.errors.contains(options[0]) && refused.output.isEmpty, "\(refused)")
  }
}
