// Package demo is the demonstration campaign: Cluster 2's year 2017, told as the events of one signed campaign.
//
// The units, the theme, the movement, who was nominated for what and the direction of the Ministry's representative are the published
// ones. The criteria follow the practice of such clusters; every score, every member's name and every text is invented, the decisions of
// January 2018 included, and the regulation's notice says so wherever anything of the campaign is shown.
//
// regulation.yaml is what the campaign is judged by; the founding members are added to it with the keys that were made for them
// (members.go). final_marks.txt is a table of units and leaves with what each had at the end of the year. From it follow, by rules in
// whole numbers, the targets of January, the units' own marks of every quarter (self_marks.go), the marks and rankings of the other
// units (peer_marks.go), those of November under seal (sheets.go), and the council's approved marks (council.go). What follows no rule
// stands in lists: bonuses and penalties (adjustments.go), wrong entries with their corrections and claims that the council cut
// (slips.go), drives and commendations (drives.go), reports with their files (reports.go), an exclusion that is lifted (exclusion.go), and what
// leads from the marks to the flags: evaluations.go, nominations.go, ballots.go, publicity.go, appeal.go, awards.go.
//
// Nothing here reads a clock, and randomness only for the keys: with the same keys the same program tells the same year, byte for byte,
// so that a replay that was cut off may start over, and what is stored already is recognised by its ids.
package demo

import (
	_ "embed" // for the two files
	"fmt"

	"campaignledger/events"
)

// SourceName names the regulation's file in the opening.
const SourceName = "regulation.yaml"

// regulationYAML is the text of regulation.yaml.
//
//go:embed regulation.yaml
var regulationYAML string

// finalMarks is the text of final_marks.txt.
//
//go:embed final_marks.txt
var finalMarks string

// Body is what belongs together: one commit.
type Body struct {
	Chapter   Chapter
	Files     []File            // that the events name; to be stored before them
	Proposals []events.Proposal // 1..50, of one time, with their signed records
}

// Year is the whole year in the order of time, from the opening to the last decision; times never decrease. The caller may
// keep and change what it gets. It signs some 1,100 records and folds the year once: about 60 ms.
func Year(k Keys) ([]Body, error) {
	if err := k.complete(); err != nil {
		return nil, err
	}
	r, err := events.ParseRegulation(SourceName, Source(k))
	if err != nil {
		return nil, fmt.Errorf("demonstration regulation: %w", err)
	}
	leaves, err := readMarks(finalMarks, r)
	if err != nil {
		return nil, fmt.Errorf("demonstration marks: %w", err)
	}
	w := newWriter(k, r, leaves)
	w.open()
	w.join()
	w.setTargets()
	w.afterDrive(TetDrive)
	w.scoreQuarter(0)
	w.afterDrive(SpringDrive)
	w.scoreQuarter(1)
	w.review()
	w.exclude()
	w.afterDrive(AutumnDrive)
	w.thankHelpers()
	w.scoreQuarter(2)
	w.liftExclusion()
	w.scoreQuarter(3)
	w.sealPeers()
	w.revealPeers()
	w.evaluate()
	w.approve()
	w.confer()
	w.vote()
	w.close()
	w.appeal()
	w.propose()
	w.decide()
	if w.err != nil {
		return nil, fmt.Errorf("demonstration year: %w", w.err)
	}
	return w.bodies, nil
}
