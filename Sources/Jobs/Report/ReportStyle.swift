/// The style sheet of the report, after that of its drawings.
enum ReportStyle {
  static let css = """
    *{box-sizing:border-box}
    body{margin:0;background:var(--ground);color:var(--ink);line-height:1.5;
    font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-size:15px}
    header,main,footer{max-width:1120px;margin:0 auto;padding:0 28px}
    header{padding-top:36px}
    h1{font-size:26px;font-weight:600;letter-spacing:-.01em;margin:0 0 4px}
    h2{font-size:16px;font-weight:600;margin:0 0 14px;padding-top:22px;border-top:1px solid var(--faint)}
    h3{font-size:14px;font-weight:600;margin:18px 0 6px}
    header p{margin:0 0 18px;color:var(--soft)}
    header p.warn,header p.bad{color:var(--ink);border-left:3px solid var(--c1);padding-left:10px}
    header p.bad{border-color:var(--c6)}
    .facts{display:flex;flex-wrap:wrap;gap:10px 34px;margin:0 0 30px}
    .facts dt{font-size:12px;color:var(--soft)}
    .facts dd{margin:0;font-size:19px;font-variant-numeric:tabular-nums}
    section{margin-bottom:30px}
    .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:22px 44px}
    figure{margin:0;min-width:0}
    figure svg{display:block;width:100%;height:auto}
    figcaption{color:var(--soft);font-size:13px;margin-top:6px;max-width:72ch}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;margin:0 0 12px}
    th,td{padding:4px 16px 4px 0;text-align:right;border-bottom:1px solid var(--faint);vertical-align:top}
    th{font-weight:500;color:var(--soft)}
    th.words,td.words{text-align:left;max-width:52ch;overflow-wrap:anywhere}
    td.up{color:var(--c0)}td.down{color:var(--c1)}
    details{margin-top:12px}summary{cursor:pointer;color:var(--soft);font-size:13.5px}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12.5px;color:var(--soft);margin:8px 0 0}
    .legend svg{width:10px;height:10px;display:inline;margin-right:6px}
    .terms{display:flex;flex-wrap:wrap;gap:5px;margin:6px 0 0;padding:0;list-style:none}
    .terms li{background:var(--box);border:1px solid var(--faint);border-radius:4px;padding:0 7px;font-size:13px}
    .terms small{color:var(--soft);margin-left:6px;font-variant-numeric:tabular-nums}
    .passage{margin:0 0 20px;max-width:88ch}.passage p{margin:0}.passage p.id{color:var(--soft);font-size:13px}
    ul.messages{font-size:13.5px;padding-left:20px;margin:0;overflow-wrap:anywhere}
    .note{color:var(--soft);font-size:13px;margin:0 0 12px}
    footer{color:var(--soft);font-size:12.5px;padding-top:8px;padding-bottom:36px}
    """
}
