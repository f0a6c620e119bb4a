package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The chart's measures, in pixels.
const (
	chartWidth   = 760
	chartLeft    = 64
	chartRight   = 24
	chartTop     = 60
	panelHeight  = 150
	panelGap     = 62
	chartBottom  = 58
	chartHeadway = 1.15 // of the largest value: room above it
)

// chartStyle is readable on light and dark pages.
const chartStyle = `text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}.quiet{fill:#59636e;font-size:12px}.value{font-weight:600;text-anchor:middle}
.grid{stroke:#d1d9e0;stroke-width:1}.line{fill:none;stroke:#0969da;stroke-width:2}.dot{fill:#0969da}.spread{stroke:#0969da;stroke-width:1.5;opacity:.55}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.grid{stroke:#3d444d}.line,.spread{stroke:#4493f8}.dot{fill:#4493f8}}`

// chart draws what an append costs in logs of more and more events: a panel for each number of writers, both axes from where they begin, the
// sizes in powers of ten.
func chart(points []growthPoint, title string) string {
	var panels []int
	sizes := map[int]bool{}
	most := 0
	for _, p := range points {
		if sizes[p.Size] = true; len(panels) == 0 || panels[len(panels)-1] != p.Writers && panels[0] != p.Writers {
			panels = append(panels, p.Writers)
		}
		most = max(most, p.Size)
	}
	height := chartTop + len(panels)*panelHeight + (len(panels)-1)*panelGap + chartBottom
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t"><title id="t">What a durable append costs as the log grows from a thousand to %s events</title>`+"\n<style>%s</style>\n",
		chartWidth, height, thousands(float64(most)), chartStyle)
	fmt.Fprintf(&b, `<text class="title" x="%d" y="22">A durable append, as the log grows</text><text class="quiet" x="%[1]d" y="41">`, chartLeft)
	_ = xml.EscapeText(&b, []byte(title+"; median, and the span of all measurements"))
	b.WriteString("</text>\n")
	for i, n := range panels {
		var list []growthPoint
		for _, p := range points {
			if p.Writers == n {
				list = append(list, p)
			}
		}
		drawPanel(&b, list, chartTop+i*(panelHeight+panelGap))
	}
	fmt.Fprintf(&b, `<text class="quiet" x="%d" y="%d" text-anchor="middle">events in the log</text></svg>`+"\n", chartLeft+(chartWidth-chartLeft-chartRight)/2, height-8)
	return b.String()
}

// drawPanel draws one number of writers; top is where the panel begins.
func drawPanel(b *strings.Builder, points []growthPoint, top int) {
	largest := 0.0
	for _, p := range points {
		_, _, high := p.spread()
		largest = max(largest, high*chartHeadway)
	}
	step := niceStep(largest / 3)
	y := func(v float64) float64 { return float64(top+panelHeight) - v/largest*(panelHeight-22) }
	first, last := math.Log10(float64(points[0].Size)), math.Log10(float64(points[len(points)-1].Size))
	x := func(size int) float64 {
		const margin = 36
		return chartLeft + margin + (math.Log10(float64(size))-first)/max(last-first, 1)*(chartWidth-chartLeft-chartRight-2*margin)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d">%s: microseconds an append</text>`+"\n", chartLeft, top+8, writersText(points[0].Writers))
	for v := 0.0; v <= largest; v += step {
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fH%d"/><text class="quiet" x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", chartLeft, y(v), chartWidth-chartRight, chartLeft-8, y(v)+4, v)
	}
	var line []string
	for _, p := range points {
		low, mid, high := p.spread()
		at := x(p.Size)
		line = append(line, fmt.Sprintf("%.1f,%.1f", at, y(mid)))
		fmt.Fprintf(b, `<path class="spread" d="M%.1f %.1fV%.1f"/><circle class="dot" cx="%.1f" cy="%.1f" r="4"/>`, at, y(low), y(high), at, y(mid))
		fmt.Fprintf(b, `<text class="value" x="%.1f" y="%.1f">%s</text>`, at, y(high)-7, short(mid))
		fmt.Fprintf(b, `<text class="quiet" x="%.1f" y="%d" text-anchor="middle">10<tspan dy="-5" font-size="9">%d</tspan></text>`+"\n", at, top+panelHeight+18, int(math.Round(math.Log10(float64(p.Size)))))
	}
	fmt.Fprintf(b, `<polyline class="line" points="%s"/>`+"\n", strings.Join(line, " "))
}

// niceStep is the next of 1, 2, 5, 10 … that is at least v.
func niceStep(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= v {
			return m * unit
		}
	}
	return 10 * unit
}

// short writes a figure to three digits.
func short(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
