package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) seal() *cobra.Command {
	var keep string
	c := &cobra.Command{Use: "seal CAMPAIGN FILE", Short: "Commit to a sheet of marks without telling them",
		Long: `Commit to all marks that you give at a sealed level, without telling them. FILE
is a score file (as campaign import takes it) whose rows are all of one cluster,
level and scorer. The marks are checked here, and do not leave this machine.

They are kept with a secret salt in a sheet file that only you may read. Without
that file the sheet can't be opened: keep a copy. In the review you open it with
campaign unseal; where the regulation has unrevealed: void, a sheet that is not
opened there is void. A later sheet replaces an earlier one.`,
		Example: "  campaign seal cum2-2017 cross-marks.csv\n  campaign seal cum2-2017 cross-marks.csv --keep usb/cross.sheet.json", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, content, err := a.readFile(args[1], "scores.csv")
			if err != nil {
				return err
			}
			file, err := scores.Read(name, content)
			if err != nil {
				return err
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.seal(cmd.Context(), file, keep) })
		}}
	c.Flags().StringVar(&keep, "keep", "", "the sheet file to write (default: CAMPAIGN-LEVEL-SCORER.sheet.json here)")
	return c
}

// seal checks a sheet, writes it down, and only then commits to it.
func (s signing) seal(ctx context.Context, file *scores.File, keep string) error {
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	if err := file.Fits(r, s.Genesis); err != nil {
		return err
	}
	sheet, marks, err := readSheet(file)
	if err != nil {
		return err
	}
	if err := s.checkSheet(r, sheet, file); err != nil {
		return err
	}
	sheet.Genesis, sheet.Author = s.Genesis, s.Member.ID
	if sheet.Salt, err = newSalt(); err != nil {
		return err
	}
	sealed := projections.SealSheet(sheet, marks)
	id := events.NewID()
	if keep == "" {
		keep = fmt.Sprintf("%s-%s-%s.sheet.json", s.id, sheet.Level, sheet.Scorer)
	}
	if err := writeSheet(keep, keptSheet{Format: sheetFormat, Campaign: s.id, Genesis: s.Genesis, Sealed: id, Author: s.Member.ID, Cluster: sheet.Cluster,
		Level: sheet.Level, Scorer: sheet.Scorer, Root: sealed.Root, Salt: sheet.Salt, Marks: keptMarks(marks)}); err != nil {
		return err
	}
	a := s.app
	if err := s.say(ctx, events.Draft{ID: id, Payload: sealed}); err != nil {
		if certainlyRefused(err) {
			return errors.Join(err, os.Remove(keep)) // it opens nothing, and its name is free again
		}
		return fmt.Errorf("%w; whether the sheet is sealed is unclear: keep %s, and look for event %s in campaign audit %s", err, keep, id, s.id)
	}
	fmt.Fprintf(a.err, a.say("Giữ kín %s và một bản sao: không có nó thì không mở được phiếu.\nMở khi phúc tra: campaign unseal %s %s\n",
		"Keep %s secret, and a copy elsewhere: without it the sheet can't be opened.\nOpen it in the review: campaign unseal %s %s\n"), keep, s.id, keep)
	if isVoid(r, sheet.Level) {
		fmt.Fprintln(a.err, a.say("Phiếu không mở trước khi hết giai đoạn thẩm định thì vô hiệu: điểm trong đó coi như không có.",
			"A sheet that is not open when the review ends is void: its marks are missing for\ngood."))
	}
	return nil
}

// isVoid reports whether the marks of a sheet that nobody opens count as missing.
func isVoid(r *events.Regulation, level string) bool {
	return slices.ContainsFunc(r.Levels, func(l events.Level) bool { return l.ID == level && l.Unrevealed == events.UnrevealedVoid })
}

// certainlyRefused reports whether an error means that nothing was stored.
func certainlyRefused(err error) bool {
	var answer *client.Error
	return errors.Is(err, client.ErrTampered) || errors.As(err, &answer) && answer.Status < http.StatusInternalServerError
}

func newSalt() (string, error) {
	var salt [32]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return "", fmt.Errorf("the system's randomness: %w", err)
	}
	return hex.EncodeToString(salt[:]), nil
}

const sheetFormat = "campaign-ledger/kept-sheet/v1"

// maxSheetBytes bounds a sheet file: its marks are at most 999, of ids of 63 characters.
const maxSheetBytes = 1 << 20

// keptSheet is the sheet file: all that opens a sealed sheet.
type keptSheet struct {
	Format   string     `json:"format"`
	Campaign string     `json:"campaign"`
	Genesis  string     `json:"genesis"`
	Sealed   uuid.UUID  `json:"sealed"` // id of the sheet.sealed
	Author   string     `json:"author"`
	Cluster  string     `json:"cluster"`
	Level    string     `json:"level"`
	Scorer   string     `json:"scorer"`
	Root     string     `json:"root"`
	Salt     string     `json:"salt"`
	Marks    []keptMark `json:"marks"`
}

// keptMark is one mark, written as Mark.String has it.
type keptMark struct {
	Unit      string `json:"unit"`
	Criterion string `json:"criterion"`
	Mark      string `json:"mark"`
}

func keptMarks(marks []events.SheetMark) []keptMark {
	list := make([]keptMark, 0, len(marks))
	for _, m := range marks {
		list = append(list, keptMark{m.Unit, m.Criterion, m.Mark.String()})
	}
	return list
}

// writeSheet writes a sheet file, which is never overwritten, and waits until it is on the disk.
func writeSheet(path string, k keptSheet) (err error) {
	content, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there, and a sheet is never overwritten; move it away, or name another file with --keep", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(content, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// readKept reads a sheet file and checks that it is whole.
func readKept(content []byte) (sheet events.Sheet, marks []events.SheetMark, k keptSheet, err error) {
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err = dec.Decode(&k); err != nil || k.Format != sheetFormat {
		return sheet, nil, k, errors.Join(errors.New("this is no sheet file of campaign seal"), err)
	}
	for _, m := range k.Marks {
		mark, err := parseMark(m.Mark)
		if err != nil {
			return sheet, nil, k, fmt.Errorf("mark of %s for %s: %w", m.Criterion, m.Unit, err)
		}
		marks = append(marks, events.SheetMark{Unit: m.Unit, Criterion: m.Criterion, Mark: mark})
	}
	sheet = events.Sheet{Genesis: k.Genesis, Author: k.Author, Cluster: k.Cluster, Level: k.Level, Scorer: k.Scorer, Salt: k.Salt}
	if len(marks) == 0 || sheet.Root(marks) != k.Root {
		return sheet, nil, k, errors.New("the marks or the salt in it are not those that were sealed: the file was altered; restore it from a copy")
	}
	return sheet, marks, k, nil
}

func (a *app) unseal() *cobra.Command {
	return &cobra.Command{Use: "unseal CAMPAIGN SHEET.json", Short: "Open a sealed sheet, whole",
		Long: `Open the sheet that you sealed, with the sheet file that campaign seal wrote, in
the review. All its marks are stored together or none; what differs from what
was sealed is refused.`,
		Example: "  campaign unseal cum2-2017 cum2-2017-cross-son-la.sheet.json", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, content, err := a.readFile(args[1], "sheet.json")
			if err == nil && len(content) > maxSheetBytes {
				err = errors.New("it is too large for a sheet file")
			}
			var kept keptSheet
			var sheet events.Sheet
			var marks []events.SheetMark
			if err == nil {
				sheet, marks, kept, err = readKept(content)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if kept.Campaign != args[0] {
				return fmt.Errorf("%s is a sheet of campaign %s, not of %s", name, kept.Campaign, args[0])
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.unseal(cmd.Context(), kept, sheet, marks) })
		}}
}

// unseal signs the reveal and sends it with the marks as one body.
func (s signing) unseal(ctx context.Context, kept keptSheet, sheet events.Sheet, marks []events.SheetMark) error {
	switch {
	case s.summary.Stage != events.StageReview: // salt and marks must not leave this machine before
		return fmt.Errorf("sheets are opened in the stage review, and the campaign is at %s; nothing was sent", s.summary.Stage)
	case kept.Genesis != s.Genesis:
		return fmt.Errorf("the sheet is of another campaign with this id: its genesis hash is %s, this one's %s", kept.Genesis, s.Genesis)
	case kept.Author != s.Member.ID:
		return fmt.Errorf("%s sealed this sheet, and the seal is bound to that; %s can't open it", kept.Author, s.Member.ID)
	}
	historic := s.summary.Clock == events.ClockHistoric
	records, err := s.Sign(ctx, s.id, s.Signer, historic, []events.Draft{{Payload: &events.SheetRevealed{Of: kept.Sealed, Salt: kept.Salt}}})
	if err != nil {
		return err
	}
	revealed, err := events.Decode(records[0])
	if err != nil {
		return err
	}
	for _, row := range projections.RevealRows(sheet, marks, revealed, s.summary.Regulation) {
		record, err := events.Encode(row)
		if err != nil {
			return err
		}
		records = append(records, record)
	}
	lines, err := s.AppendRecords(ctx, s.id, records)
	if err != nil {
		return err
	}
	if s.app.output != "table" {
		_, err := s.app.out.Write(lines)
		return err
	}
	return s.app.writeUnsealed(lines, records)
}

// writeUnsealed checks that what was stored is what was sent, and says where.
func (a *app) writeUnsealed(lines []byte, sent []events.Record) error {
	var first, last events.Seq
	n := 0
	for line := range bytes.Lines(lines) {
		var e client.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if n >= len(sent) || !bytes.Equal(e.Record, sent[n]) {
			return fmt.Errorf("event %d is not the record that was sent; look at it with campaign log", e.Seq)
		}
		if n++; first == 0 {
			first = e.Seq
		}
		last = e.Seq
	}
	if n != len(sent) {
		return fmt.Errorf("%d records were sent and %d answered; look at them with campaign log", len(sent), n)
	}
	fmt.Fprintf(a.out, a.say("đã mở phiếu: %s, sự kiện %d đến %d\n", "opened the sheet: %s, events %d to %d\n"), a.marks(n-1), first, last)
	return nil
}
