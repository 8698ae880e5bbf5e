internal import Dataflow
internal import Drawing

/// The report's pictures, each a `figure` with its caption; empty where there is nothing to show.
struct ReportCharts {
  private let content: ReportContent
  private let series: [String: Int]

  init(_ content: ReportContent) {
    self.content = content
    series = content.series
  }

  private static func figure(_ svg: String, _ caption: String) -> String {
    "<figure>\(svg)<figcaption>\(SVG.escaped(caption))</figcaption></figure>"
  }

  // MARK: time

  var timeline: [String] {
    guard let trace = content.trace, !trace.spans.isEmpty else { return [] }
    var lanes = Lanes()
    let stretches = trace.spans.sorted { $0.start < $1.start }.map { span in
      Timeline.Stretch(
        lane: lanes.place(span), start: span.start, seconds: span.seconds, series: series[span.stage] ?? 7,
        title: title(span))
    }
    let moments = trace.passes.map { pass in
      (
        name: "pass \(pass.number), \(Figures.grouped(pass.chunks)) chunk\(pass.chunks == 1 ? "" : "s")",
        seconds: pass.seconds
      )
    }
    let chart = Timeline(
      lanes: lanes.names, stretches: lanes.numbered(stretches), moments: moments, seconds: trace.seconds)
    let sampled = trace.stride > 1 ? " Of the chunks, every \(trace.stride)th is drawn." : ""
    return [
      Self.figure(
        chart.svg(label: "which stages were at work when") + legend,
        "Chunks go through their stages on a worker each; a fit or an index is made of all chunks after a pass."
          + sampled)
    ]
  }

  private func title(_ span: WorkSpan) -> String {
    let what = span.chunk.map { "chunk \($0 + 1)" } ?? span.unit
    let rows = span.rows > 0 ? ", \(Figures.grouped(span.rows)) records" : ""
    return "\(span.stage), \(what): \(Quantity("", .seconds).text(span.seconds))\(rows)"
  }

  private var legend: String {
    let named = series.sorted { $0.value < $1.value }
    let shown =
      named.prefix(Theme.colors - 1).map { ($0.key, Theme.fill($0.value)) }
      + (named.count >= Theme.colors ? [("others", Theme.fill(Theme.colors - 1))] : [])
    return "<div class=\"legend\">"
      + shown.map { name, style in
        "<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect width=\"10\" height=\"10\" rx=\"2\" class=\"\(style)\"/></svg>\(SVG.escaped(name))</span>"
      }.joined() + "</div>"
  }

  var time: [String] {
    guard let trace = content.trace else { return [] }
    let bars = trace.stages.sorted {
      $0.value.seconds == $1.value.seconds ? $0.key < $1.key : $0.value.seconds > $1.value.seconds
    }
    .prefix(16).map { name, work in
      Bars.Bar(
        name, work.seconds, series: series[name] ?? 7,
        note: "\(Figures.counted(work.pieces, "piece")), \(Figures.counted(work.rows, "record"))")
    }
    let total = trace.stages.values.reduce(0) { $0 + $1.seconds }
    let used = trace.seconds > 0 ? total / trace.seconds / Double(max(trace.workers, 1)) : 0
    let isOfTokens = trace.tokens.sums.contains { $0 > 0 }
    let pace = isOfTokens ? trace.tokens : trace.textBytes
    return [
      bars.isEmpty
        ? ""
        : Self.figure(
          Bars(Array(bars), names: "Stage", quantity: Quantity("Work of all workers", .seconds))
            .svg(label: "time by stage"),
          "Workers were busy for \(Quantity.short(100 * min(used, 1))) % of the time."),
      pace.sums.isEmpty
        ? ""
        : Self.figure(
          Curve(
            pace.rates, step: pace.step,
            vertical: Quantity("Throughput", isOfTokens ? .count("tokens/s") : .count("bytes of text/s")),
            seconds: trace.seconds
          ).svg(label: "throughput over time"),
          "What the chunks held that were finished, by when. A collection that is passed over twice counts twice."),
    ]
  }

  // MARK: bytes

  var bytes: [String] {
    let parts = content.parts.filter { $0.level == 0 && $0.bytes > 0 }.prefix(14).map { part in
      Bars.Bar(part.name, Double(part.bytes), series: 0, note: part.each ?? "")
    }
    let stored = content.storage.filter { $0.bytes > 0 }.sorted { ($1.bytes, $0.stage) < ($0.bytes, $1.stage) }.prefix(
      14
    )
    .map {
      Bars.Bar($0.stage, Double($0.bytes), series: series[$0.stage] ?? 7, note: Figures.counted($0.pieces, "file"))
    }
    return [
      parts.isEmpty
        ? ""
        : Self.figure(
          Bars(Array(parts), names: "File of the index", quantity: Quantity("Size", .bytes))
            .svg(label: "bytes by file of the index"),
          "All files of the generation, the manifest among them: \(Figures.bytes(content.parts.filter { $0.level == 0 }.reduce(0) { $0 + $1.bytes }))."
        ),
      stored.isEmpty
        ? ""
        : Self.figure(
          Bars(Array(stored), names: "Stage", quantity: Quantity("Kept for the next run", .bytes))
            .svg(label: "bytes kept by stage"),
          "The work folder: \(Figures.bytes(content.storage.reduce(0) { $0 + $1.bytes })). Finished chunks stay there, so that the next run computes what is new."
        ),
    ]
  }

  // MARK: postings

  var postings: [String] {
    guard let sample = content.sample, sample.terms > 0 else { return [] }
    let lengths = sample.lengths.enumerated().map { bin, count in
      let name = bin == 0 ? "1" : "\(Figures.grouped(1 << bin)) to \(Figures.grouped(2 << bin - 1))"
      return Histogram.Bin(Double(1 << bin), Double(1 << (bin + 1)), Double(count), name: name)
    }
    let top = Double(sample.impacts.max() ?? 1)
    let impacts = Self.shares(sample.impacts, up: to(top, sample), bins: 64)
    let blocks = Self.shares(sample.maxima.map(\.block), up: to(top, sample), bins: 32)
    let lists = Self.shares(sample.maxima.map(\.list), up: to(top, sample), bins: 32)
    let unit = Quantity.Unit.number(sample.areIntegers ? "quantized impact" : "weight")
    return [
      Self.figure(
        Histogram(
          lengths, horizontal: Quantity("Length of the list", .count("documents")),
          vertical: Quantity("Number of lists", .count("terms")), isLogarithmic: true
        ).svg(label: "posting lengths"),
        "How many documents a term is in, for \(Figures.grouped(sample.terms)) lists of all shards, in powers of two."),
      Self.figure(
        Histogram(
          impacts, horizontal: Quantity("Impact", unit), vertical: Quantity("Share of postings", .percent)
        ).svg(label: "impacts after quantization"),
        "What the quantizer made of the weights, from \(Figures.grouped(sample.impacts.count)) sampled postings. A heap at the right end would be saturation, one at the left lost detail."
      ),
      Self.figure(
        Histogram(
          blocks, horizontal: Quantity("Largest impact", unit), vertical: Quantity("Share of blocks", .percent),
          outline: lists, names: ("of a block", "of its whole list")
        ).svg(label: "block maxima"),
        "The largest impact of \(Figures.grouped(sample.maxima.count)) sampled blocks, and of the lists that they are from. The further apart the two, the more blocks a search leaves unread."
      ),
    ]
  }

  /// Where the axis of impacts ends.
  private func to(_ top: Double, _ sample: IndexSample) -> Double {
    sample.areIntegers ? max(top, 1) + 1 : max(top * 1.02, 1e-9)
  }

  private static func shares(_ values: [Float], up end: Double, bins: Int) -> [Histogram.Bin] {
    let bins = end == end.rounded() ? min(bins, max(1, Int(end))) : bins
    var counts = [Int](repeating: 0, count: bins)
    for value in values { counts[min(max(Int(Double(value) / end * Double(bins)), 0), bins - 1)] += 1 }
    return counts.enumerated().map { bin, count in
      Histogram.Bin(
        Double(bin) * end / Double(bins), Double(bin + 1) * end / Double(bins),
        Double(count) / Double(max(values.count, 1)))
    }
  }
}

/// Which lane of the timeline a piece of work has: a chunk the first that is free, what is done for all chunks one below.
private struct Lanes {
  private var free: [Double] = []
  private var ofChunk: [String: Int] = [:]
  private var freeForAll: [Double] = []

  /// Chunks from 0 on, the others from `offset` on.
  private static let offset = 1_000_000

  mutating func place(_ span: WorkSpan) -> Int {
    guard let chunk = span.chunk else {
      let lane = freeForAll.firstIndex { $0 <= span.start + 1e-6 } ?? freeForAll.count
      if lane == freeForAll.count { freeForAll.append(0) }
      freeForAll[lane] = span.start + span.seconds
      return Self.offset + lane
    }
    let key = "\(span.pass) \(chunk)"
    if let lane = ofChunk[key], free[lane] <= span.start + 1e-3 {
      free[lane] = span.start + span.seconds
      return lane
    }
    let lane = free.firstIndex { $0 <= span.start + 1e-6 } ?? free.count
    if lane == free.count { free.append(0) }
    free[lane] = span.start + span.seconds
    ofChunk[key] = lane
    return lane
  }

  var names: [String] {
    free.indices.map { "worker \($0 + 1)" } + freeForAll.indices.map { $0 == 0 ? "for all chunks" : "" }
  }

  /// With the lanes for all chunks below those of chunks.
  func numbered(_ stretches: [Timeline.Stretch]) -> [Timeline.Stretch] {
    stretches.map { stretch in
      let lane = stretch.lane >= Self.offset ? stretch.lane - Self.offset + free.count : stretch.lane
      return Timeline.Stretch(
        lane: lane, start: stretch.start, seconds: stretch.seconds, series: stretch.series, title: stretch.title)
    }
  }
}
