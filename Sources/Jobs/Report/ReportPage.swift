internal import Drawing
internal import Foundation

/// `report.html`: one file that needs no other, in light and dark, without scripts. Every picture is inline SVG with its
/// axes named and their units given.
struct ReportPage {
  private let content: ReportContent
  private let charts: ReportCharts

  init(_ content: ReportContent) {
    self.content = content
    charts = ReportCharts(content)
  }

  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width,initial-scale=1">
    <title>\(escaped(content.job)): bigrain run</title>
    <link rel="icon" href="data:,">
    <style>
    \(Theme.css)
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <header>
    <h1>\(escaped(content.job))</h1>
    \(outcome)
    \(facts)
    </header>
    <main>
    \(sections)
    </main>
    <footer>Written by bigrain\(date.map { " on \($0)" } ?? ""). The page needs no other file and sends nothing.</footer>
    </body>
    </html>

    """
  }

  private func escaped(_ text: String) -> String { SVG.escaped(text) }

  private var date: String? {
    content.trace.map { Date(timeIntervalSince1970: $0.begun + $0.seconds).formatted(.iso8601) }
  }

  private var outcome: String {
    let generation = content.generation.map { "Generation \($0)" } ?? "The index"
    switch content.outcome {
    case .published:
      let earlier = content.isUpToDate ? ". This run found nothing to do; times are of the run that built it" : ""
      return "<p class=\"good\">\(generation) is published\(earlier).</p>"
    case .unpublished(let reason): return "<p class=\"warn\">\(escaped(reason))</p>"
    case .failed(let reason): return "<p class=\"bad\">The run ended early: \(escaped(reason))</p>"
    }
  }

  private var facts: String {
    var facts: [(String, String)] = []
    if let manifest = content.manifest {
      facts.append(("documents", Figures.grouped(manifest.documents)))
      if manifest.postings > 0 { facts.append(("postings", Figures.grouped(manifest.postings))) }
      facts.append(("index", Figures.bytes(manifest.bytes)))
      let rejected = manifest.quarantined.values.reduce(0, +)
      if rejected > 0 { facts.append(("in quarantine", Figures.grouped(rejected))) }
    }
    if let trace = content.trace {
      facts.append(
        ("time", trace.seconds < 60 ? "\(Quantity.short(trace.seconds)) s" : Figures.duration(trace.seconds)))
      facts.append(("workers", "\(trace.workers)"))
      if trace.peakBytes > 0 { facts.append(("peak memory", Figures.bytes(trace.peakBytes))) }
    }
    if content.computedRows + content.reusedRows > 0 {
      facts.append(("rows encoded", Figures.grouped(content.computedRows)))
      facts.append(("rows taken over", Figures.grouped(content.reusedRows)))
    }
    return "<dl class=\"facts\">"
      + facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined() + "</dl>"
  }

  private var sections: String {
    [
      section("Timeline", charts.timeline),
      section("Where the time went", charts.time, columns: true),
      section("Where the bytes went", charts.bytes, columns: true),
      section("The sparse side", charts.postings, columns: true),
      section("Evaluation", ReportTables.evaluation(content.comparison)),
      section("Expanded passages", ReportTables.examples(content.examples)),
      section("Stages", [graph]),
      section("Messages", ReportTables.messages(content.trace)),
    ].joined(separator: "\n")
  }

  private func section(_ title: String, _ figures: [String], columns: Bool = false) -> String {
    let shown = figures.filter { !$0.isEmpty }
    if shown.isEmpty { return "" }
    let style = columns && shown.count > 1 ? " class=\"columns\"" : ""
    return "<section><h2>\(title)</h2><div\(style)>\(shown.joined(separator: "\n"))</div></section>"
  }

  /// As large as it was drawn, or a little smaller to fit; a larger one is scrolled.
  private var graph: String {
    let (width, least) = (Int(content.graph.width.rounded(.up)), Int(content.graph.width * 0.75))
    let style = "max-width:\(width)px;min-width:\(least)px"
    return "<figure><div class=\"scroll\"><div style=\"\(style)\">\(content.graph.svg)</div></div>"
      + "<figcaption>What each stage takes from which, and what travels on the way.</figcaption></figure>"
  }
}
