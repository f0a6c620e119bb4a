// Package workbook is the score workbook: what campaign export --workbook writes, a scorer fills in, and campaign import reads. The format is
// stated here and known nowhere else.
//
// A workbook is for one cluster and one scorer. It has
//
//   - a sheet with instructions;
//
//   - one sheet for each review level, in the regulation's order, named by the level's id as far as 31 characters allow. Its header row starts
//     with the corner, "criterion ↓ unit →" or "tiêu chí ↓ đơn vị →"; below the corner stand criterion ids, to its right the columns that
//     tell of a criterion (Criterion, Method, Max) and then unit ids. A cell where the row of a leaf meets the column of a unit is a mark, or
//     empty. The row "<id> target" shows the targets of the leaf above it and is not read. Above the header row no
//     criterion may stand, and nothing else is read there;
//
//   - a hidden sheet "campaign-ledger", one fact a row, all of them text:
//
//     format     campaign-ledger/workbook  1
//     campaign   <id>
//     genesis    <hex>                 of a signed campaign
//     cluster    <id>
//     scorer     <id>
//     regulation <version>
//     seq        <n>                   the event after which it was made
//     info       <sheet>               the instructions
//     unit       <id>                  for each unit
//     level      <id>  <sheet>         for each level, in order
//     criterion  <id>  <method>  <min>  <max>    for each criterion in the tree's order; bounds may be empty
//
// Cells are found by the ids in their row and column, wherever these were moved to; sheets by their names. A mark is a number as it was
// entered, whatever the format shows; or text: a number with a decimal point or comma, or a word for an absence (abstained, recused; không
// chấm, từ chối), in any case. A formula, an error value, a date, a percentage and a cell merged with others are no marks.
//
// Data rows are the marks, counted from 1: sheets in the order of the levels above, in each sheet from top to bottom, in each row from left
// to right, cells without text left out.
package workbook

import (
	"fmt"

	"campaignledger/events"
)

const (
	formatName    = "campaign-ledger/workbook"
	formatVersion = 1
	metaSheet     = "campaign-ledger"
	targetSuffix  = " target" // no criterion id has a space
)

// Book is what a workbook says of itself.
type Book struct {
	Campaign   string
	Genesis    string // hex; "" in an unsigned campaign
	Cluster    string
	Scorer     string
	Regulation int        // version in force
	Seq        events.Seq // after which it was made
	Info       string     // the sheet with instructions
	Levels     []Level
	Units      []string
	Criteria   []Criterion // groups and leaves in the tree's order
}

// Level is a review level and its sheet.
type Level struct{ ID, Sheet string }

// Criterion is a group or a leaf, as the workbook shows it.
type Criterion struct {
	ID       string
	Method   events.Method
	Min, Max events.Bound
}

// Kind is the kind of mark that a leaf takes.
func Kind(m events.Method) events.MarkKind {
	switch m {
	case events.MethodGraded, events.MethodAdjustment:
		return events.MarkPoints
	case events.MethodOrdinal:
		return events.MarkPlace
	}
	return events.MarkActual
}

// anew says how to get a workbook that fits.
func (b *Book) anew() string {
	return fmt.Sprintf("make it anew (campaign export %s --workbook) and copy the values over", b.Campaign)
}

// Fits reports what of a workbook is not the campaign's: another campaign, or one whose regulation has changed what the workbook shows.
func (b *Book) Fits(r *events.Regulation, genesis string) error {
	if b.Campaign != r.ID {
		return fmt.Errorf("the workbook is of campaign %s and not of %s; import it there", b.Campaign, r.ID)
	}
	if b.Genesis != genesis {
		return fmt.Errorf("the workbook is of a campaign %s with another genesis hash (%.16s…, and here it is %.16s…): "+
			"it was made in another data directory; %s", b.Campaign, orNone(b.Genesis), orNone(genesis), b.anew())
	}
	cluster := r.Cluster(b.Cluster)
	if cluster == nil {
		return fmt.Errorf("the workbook is of cluster %s, and campaign %s has none; %s", b.Cluster, r.ID, b.anew())
	}
	levels, units, criteria := map[string]bool{}, map[string]bool{}, map[string]Criterion{}
	for _, l := range r.Levels {
		levels[l.ID] = true
	}
	for _, u := range cluster.Units {
		units[u.ID] = true
	}
	for c := range Tree(r, cluster) {
		criteria[c.ID] = shown(c.Criterion)
	}
	for _, l := range b.Levels {
		if !levels[l.ID] {
			return fmt.Errorf("sheet %s: level %s is not in the regulation; %s", l.Sheet, l.ID, b.anew())
		}
	}
	for _, u := range b.Units {
		if !units[u] {
			return fmt.Errorf("unit %s is not in cluster %s; %s", u, b.Cluster, b.anew())
		}
	}
	for _, c := range b.Criteria {
		if is, ok := criteria[c.ID]; !ok || is != c {
			return fmt.Errorf("criterion %s is not in the regulation in force, or has another method or bounds there; %s", c.ID, b.anew())
		}
	}
	return nil
}

func orNone(hash string) string {
	if hash == "" {
		return "none"
	}
	return hash
}

func shown(c *events.Criterion) Criterion { return Criterion{c.ID, c.Method, c.Min, c.Max} }
