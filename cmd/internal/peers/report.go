package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is what a run found.
type result struct {
	Machine    string       `json:"machine"`
	Versions   []string     `json:"versions"`
	Begun      time.Time    `json:"begun"`
	Took       string       `json:"took"`
	LoadBefore string       `json:"loadBefore,omitempty"`
	LoadAfter  string       `json:"loadAfter,omitempty"`
	Quick      bool         `json:"quick,omitempty"`
	Events     int          `json:"events"` // replayed
	Rounds     int          `json:"rounds"`
	Appends    []appendRate `json:"appends"`
	Replays    []replayRate `json:"replays"`
	Latencies  []latency    `json:"latencies"`
	Footprints []footprint  `json:"footprints"`
	Skipped    []skipped    `json:"skipped,omitempty"`

	standings []byte // that all replays must give
}

// appendRate is acknowledged events a second, by round.
type appendRate struct {
	Name    string    `json:"name"`
	Store   string    `json:"store"`
	Grouped bool      `json:"grouped"`
	Writers int       `json:"writers"`
	Rates   []float64 `json:"rates"`
}

// replayRate is folded events a second, by round.
type replayRate struct {
	Name  string    `json:"name"`
	Rates []float64 `json:"rates"`
}

type latency struct {
	Name    string        `json:"name"`
	P50     time.Duration `json:"p50ns"`
	P99     time.Duration `json:"p99ns"`
	Worst   time.Duration `json:"worstns"`
	Samples int           `json:"samples"`
}

// footprint is what a store takes of the replay's events, in bytes.
type footprint struct {
	Name   string `json:"name"`
	Disk   int64  `json:"diskBytes"`
	Memory int64  `json:"memoryBytes,omitempty"` // 0 where it is not known
}

type skipped struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

func (r *result) append(name, store string, grouped bool, writers int, rate float64) {
	i := slices.IndexFunc(r.Appends, func(a appendRate) bool { return a.Name == name && a.Grouped == grouped && a.Writers == writers })
	if i < 0 {
		i = len(r.Appends)
		r.Appends = append(r.Appends, appendRate{Name: name, Store: store, Grouped: grouped, Writers: writers})
	}
	r.Appends[i].Rates = append(r.Appends[i].Rates, rate)
}

func (r *result) replay(name string, rate float64) {
	i := slices.IndexFunc(r.Replays, func(a replayRate) bool { return a.Name == name })
	if i < 0 {
		i = len(r.Replays)
		r.Replays = append(r.Replays, replayRate{Name: name})
	}
	r.Replays[i].Rates = append(r.Replays[i].Rates, rate)
}

func (r *result) writeJSON(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// median of some figures; of an even number the mean of the two in the middle.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// markdown is the tables.
func (r *result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s, medians of %d; load before %s, after %s\n\n", r.Machine, r.Begun.Format(time.DateOnly), r.Rounds, r.LoadBefore, r.LoadAfter)
	fmt.Fprintf(&b, "%s.\n\nThis ledger is measured in process and unsigned, as its appender takes events: with admission, hashing and folds, without HTTP. Replay and disk are of events that came "+
		"in full commits, as from an import, in the two stores that pack them (this ledger, and several events a message).\n\n", strings.Join(r.Versions, "; "))
	if r.Quick {
		b.WriteString("A quick run: its figures say nothing.\n\n")
	}
	b.WriteString("Durable acknowledged appends a second:\n\n| store |")
	for _, n := range writers {
		fmt.Fprintf(&b, " %s |", writersText(n))
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(writers)) + "\n")
	for _, k := range kinds() {
		for _, grouped := range []bool{false, true} {
			r.appendRow(&b, k, grouped)
		}
	}
	fmt.Fprintf(&b, "\nThe same %s events in each store:\n\n| store | replay to standings, events/s | append to subscriber, p50 | p99 | worst | disk, bytes an event | memory, MiB |\n|---|---:|---:|---:|---:|---:|---:|\n", thousands(float64(r.Events)))
	for _, k := range kinds() {
		r.storeRow(&b, k.name)
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "\nSkipped: %s, %s\n", s.Name, s.Why)
	}
	return b.String()
}

func (r *result) appendRow(b *strings.Builder, k kind, grouped bool) {
	name := k.single
	if grouped {
		name = k.group
	}
	row := ""
	for _, n := range writers {
		for _, a := range r.Appends {
			if a.Store == k.key && a.Grouped == grouped && a.Writers == n {
				row += fmt.Sprintf(" %s |", thousands(median(a.Rates)))
			}
		}
	}
	if row != "" && name != "" {
		fmt.Fprintf(b, "| %s |%s\n", name, row)
	}
}

func (r *result) storeRow(b *strings.Builder, name string) {
	at := slices.IndexFunc(r.Replays, func(a replayRate) bool { return a.Name == name })
	if at < 0 {
		return
	}
	fmt.Fprintf(b, "| %s | %s |", name, thousands(median(r.Replays[at].Rates)))
	for _, l := range r.Latencies {
		if l.Name == name {
			fmt.Fprintf(b, " %s | %s | %s |", ms(l.P50), ms(l.P99), ms(l.Worst))
		}
	}
	for _, f := range r.Footprints {
		if f.Name == name {
			memory := "–"
			if f.Memory > 0 {
				memory = strconv.FormatInt(f.Memory>>20, 10)
			}
			fmt.Fprintf(b, " %d | %s |\n", f.Disk/int64(r.Events), memory)
		}
	}
}

func writersText(n int) string {
	if n == 1 {
		return "1 writer"
	}
	return fmt.Sprintf("%d writers", n)
}

// ms writes a time in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }

// thousands writes a figure to three digits, with commas.
func thousands(f float64) string {
	n := int64(f)
	step := int64(1)
	for n/step >= 1000 {
		step *= 10
	}
	n = (n + step/2) / step * step
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
