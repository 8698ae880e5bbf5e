/// The colours of drawings, light and dark, as a style sheet: `c0`...`c7` fill with the colours of series, `s0`...`s7`
/// stroke with them; the other classes are parts of charts.
package enum Theme {
  /// Series that have a colour of their own; those after them share `c7`, grey.
  package static let colors = 8

  /// The class that fills with the colour of a series.
  package static func fill(_ series: Int) -> String { "c\(min(max(series, 0), colors - 1))" }

  /// The class that draws lines with it.
  package static func stroke(_ series: Int) -> String { "s\(min(max(series, 0), colors - 1))" }

  private static let light = [
    "#35669c", "#c0703a", "#4b8a5c", "#8863a0", "#ab8b2c", "#3f93a1", "#ab4f6b", "#8b8b86",
  ]
  private static let dark = [
    "#7aa9dc", "#e39a68", "#82c191", "#bb98d3", "#d8bb62", "#74c3cf", "#dc8ca4", "#9a9a96",
  ]

  private static func variables(
    _ series: [String], ink: String, soft: String, faint: String, ground: String, box: String
  )
    -> String
  {
    series.enumerated().map { "--c\($0):\($1);" }.joined()
      + "--ink:\(ink);--soft:\(soft);--faint:\(faint);--ground:\(ground);--box:\(box);"
  }

  package static let css: String = {
    let day = variables(
      light, ink: "#1d1f21", soft: "#62666b", faint: "#e3e3df", ground: "#fcfcfa", box: "#f3f3ef")
    let night = variables(
      dark, ink: "#e7e7e3", soft: "#a0a4a8", faint: "#33363a", ground: "#17191b", box: "#202326")
    let series = (0..<colors).map { ".c\($0){fill:var(--c\($0))}.s\($0){stroke:var(--c\($0));fill:none}" }.joined()
    return """
      :root{color-scheme:light dark;\(day)}
      @media(prefers-color-scheme:dark){:root{\(night)}}
      svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
      svg text.soft{fill:var(--soft)}svg text.small{font-size:11px}svg text.strong{font-weight:600}
      svg text.halo{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
      .ground{fill:var(--ground)}.grid{stroke:var(--faint);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
      .box{fill:var(--box);stroke:var(--soft);stroke-width:1}.edge{stroke:var(--soft);stroke-width:1.2;fill:none}
      .tip{fill:var(--soft)}.mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}.thick{stroke-width:1.8}
      .veil{fill-opacity:.18}
      \(series)
      """
  }()
}
