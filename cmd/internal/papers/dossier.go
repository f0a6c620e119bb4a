package papers

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"campaignledger/events"
)

// Dossier writes a ZIP archive of all documents of a cluster, or of all clusters, one after the other: it holds one of them in memory.
// About 30 ms for each. On an error w may hold part of a file.
func Dossier(w io.Writer, s Source, o Options) error {
	c, err := open(s, o)
	if err != nil {
		return fmt.Errorf("write the dossier: %w", err)
	}
	if err := c.dossier(w, o); err != nil {
		return fmt.Errorf("write the dossier of campaign %q: %w", c.reg.ID, err)
	}
	return nil
}

// document is a file of a dossier.
type document struct {
	name    string
	options Options
}

// manifest is manifest.json.
type manifest struct {
	Campaign string         `json:"campaign"`
	Signed   bool           `json:"signed"`
	Notice   string         `json:"notice,omitempty"`
	Lang     string         `json:"lang"`
	Seq      events.Seq     `json:"seq"`  // the last event that the documents take into account
	Root     string         `json:"root"` // hash of the log after it
	Recorded string         `json:"recorded"`
	Files    []manifestFile `json:"files"`
}

type manifestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

func (c *campaign) dossier(w io.Writer, o Options) error {
	documents, err := c.documents(o)
	if err != nil {
		return err
	}
	m := manifest{Campaign: c.reg.ID, Signed: c.reg.Signed(), Notice: c.reg.Notice.In(o.Lang), Lang: o.Lang, Seq: c.Seq, Root: c.Root,
		Recorded: events.FormatTime(c.standings.Recorded), Files: make([]manifestFile, 0, len(documents))}
	z := zip.NewWriter(w)
	var sums strings.Builder
	for _, d := range documents {
		var file bytes.Buffer
		if err := c.write(&file, d.options, false); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if err := c.store(z, d.name, file.Bytes()); err != nil {
			return err
		}
		sum := sha256.Sum256(file.Bytes())
		m.Files = append(m.Files, manifestFile{d.name, hex.EncodeToString(sum[:]), file.Len()})
		fmt.Fprintf(&sums, "%x  %s\n", sum, d.name)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if err := c.store(z, "manifest.json", append(b, '\n')); err != nil {
		return err
	}
	if err := c.store(z, "SHA256SUMS", []byte(sums.String())); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("end the archive: %w", err)
	}
	return nil
}

// store adds a file as it is: a PDF is compressed already.
func (c *campaign) store(z *zip.Writer, name string, file []byte) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: c.standings.Recorded.UTC()})
	if err == nil {
		_, err = f.Write(file)
	}
	if err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return nil
}

// documents are what a dossier has, in its order. The ids in their names have no characters that a file's name may not have.
func (c *campaign) documents(o Options) ([]document, error) {
	switch {
	case o.Number != "":
		return nil, &OptionError{"number", "each document of a dossier has a number of its own; leave it out, or write the documents one by one"}
	case o.Award != "" || o.Ballot != "" || o.Unit != "" || o.Level != "" || o.Blank:
		return nil, &OptionError{"kind", "a dossier has all documents; leave award, ballot, unit, level and blank out"}
	}
	var list []document
	clusters := c.reg.Clusters
	if o.Cluster != "" {
		cl, _, err := c.cluster(o.Cluster)
		if err != nil {
			return nil, err
		}
		clusters = []events.Cluster{*cl}
	}
	add := func(name string, cluster string, choose func(*Options)) {
		d := document{name + ".pdf", o}
		d.options.Cluster = cluster
		choose(&d.options)
		list = append(list, d)
	}
	for _, cl := range clusters {
		add("minutes-"+cl.ID, cl.ID, func(o *Options) { o.Kind = events.DocumentMinutes })
	}
	for _, a := range c.awards.Awards {
		for _, b := range a.Ballots {
			if o.Cluster == "" || o.Cluster == a.Cluster {
				add("tally-"+a.Cluster+"-"+b.Ballot, a.Cluster, func(o *Options) { o.Kind, o.Ballot = events.DocumentTally, b.Ballot })
			}
		}
	}
	for _, a := range c.awards.Awards {
		if len(a.Nominees) > 0 && (o.Cluster == "" || o.Cluster == a.Cluster) {
			add("proposal-"+a.Cluster+"-"+a.Award, a.Cluster, func(o *Options) { o.Kind, o.Award = events.DocumentProposal, a.Award })
		}
	}
	for _, cl := range clusters {
		add("summary-"+cl.ID, cl.ID, func(o *Options) { o.Kind = events.DocumentSummary })
	}
	for _, cl := range clusters {
		for _, u := range cl.Units {
			for _, level := range c.levelsOf(cl.ID, u.ID) {
				add("sheet-"+cl.ID+"-"+u.ID+"-"+level, cl.ID, func(o *Options) { o.Kind, o.Unit, o.Level = events.DocumentSheet, u.ID, level })
			}
		}
	}
	for _, cl := range clusters {
		for _, u := range cl.Units {
			for _, level := range c.reg.Levels {
				add("blank/sheet-"+cl.ID+"-"+u.ID+"-"+level.ID, cl.ID, func(o *Options) {
					o.Kind, o.Unit, o.Level, o.Blank = events.DocumentSheet, u.ID, level.ID, true
				})
			}
		}
	}
	if len(list) > MaxDocuments {
		return nil, fmt.Errorf("a dossier of %d documents; it holds at most %d: ask for the clusters apart", len(list), MaxDocuments)
	}
	return list, nil
}

// levelsOf are the levels at which a unit has marks.
func (c *campaign) levelsOf(cluster, unit string) []string {
	has := map[string]bool{}
	for _, m := range c.Live.Marks(cluster, unit, "") {
		has[m.Level] = true
	}
	var levels []string
	for _, l := range c.reg.Levels {
		if has[l.ID] {
			levels = append(levels, l.ID)
		}
	}
	return levels
}
