package cli

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/ledger"
)

func (a *app) status() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "How the server on this directory and its campaigns are",
		Long: `Say how the server that runs on this directory is, and each of its campaigns: how
many events, how old the newest is, how far it is signed and witnessed, whether
it takes events and if not why. Where no server runs, the directory is read.

Exit status: 0 all is well; 1 something keeps the server from working just now;
3 a campaign is read-only.`,
		Example: "  campaign status\n  campaign status -o json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				s, err := c.Status(cmd.Context())
				if err != nil {
					return err
				}
				report := statusReport{Running: !c.Within(), Status: s}
				if !report.Running { // what is known of this command tells nothing
					report.Version, report.URL, report.PID, report.Since, report.Memory = Version(), "", 0, "", 0
				}
				if err := a.writeStatus(report); err != nil {
					return err
				}
				return report.verdict()
			})
		}}
}

// statusReport is what status says.
type statusReport struct {
	Running bool `json:"running"` // false: no server runs on the directory
	server.Status
}

// verdict is how the command ends.
func (r *statusReport) verdict() error {
	for _, c := range r.Campaigns {
		if c.ReadOnly != "" {
			return readOnlyError(fmt.Sprintf("campaign %s is read-only: %s", c.ID, c.ReadOnly))
		}
	}
	if r.Why != "" {
		return errors.New(r.Why)
	}
	return nil
}

func (a *app) writeStatus(r statusReport) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, r)
	case "ndjson":
		return writeLines(a.out, r.Campaigns)
	case "csv":
		var rows [][]string
		for _, c := range r.Campaigns {
			rows = append(rows, []string{c.ID, fmt.Sprint(c.Open), fmt.Sprint(c.Events), string(c.Stage), c.Newest, fmt.Sprint(c.Checkpoint), c.Signed, fmt.Sprint(c.Proof.Cosigned),
				fmt.Sprint(c.Proof.Witnesses), c.Cosigned, fmt.Sprint(c.Feeds), c.ReadOnly})
		}
		return writeCSV(a.out, []string{"campaign", "open", "events", "stage", "newest", "checkpoint", "signed", "cosigned", "witnesses", "cosignedAt", "feeds", "readOnly"}, rows)
	}
	now, err := events.ParseTime(r.Now)
	if err != nil {
		return fmt.Errorf("the server's time: %w", err)
	}
	for _, row := range a.serverRows(r, now) {
		writeWrapped(a.out, padded(row[0]), row[1], lineWidth)
	}
	a.writeStates(r.Campaigns, now)
	return nil
}

// padded is the name of a row, as wide as all are.
func padded(name string) string {
	const width = 14
	return fmt.Sprintf("%-*s", width, name)
}

// serverRows say how the server is.
func (a *app) serverRows(r statusReport, now time.Time) [][2]string {
	rows := [][2]string{{a.say("Tình trạng", "State"), a.healthWord(r)}, {a.say("Phiên bản", "Version"), r.Version}}
	if r.Running {
		rows = append(rows, [2]string{a.say("Máy chủ", "Server"), fmt.Sprintf(a.say("%s, tiến trình %d, chạy được %s", "%s, process %d, for %s"), r.URL, r.PID, a.age(r.Since, now))})
	} else {
		rows = append(rows, [2]string{a.say("Máy chủ", "Server"), a.say("không có máy chủ nào chạy trên thư mục này", "none runs on this directory")})
	}
	rows = append(rows, [2]string{a.say("Thư mục", "Directory"), r.Data},
		[2]string{a.say("Độ bền", "Durability"), a.durabilityWord(r.Durability)}, [2]string{"NATS", a.natsWord(r)})
	if r.Memory > 0 {
		rows = append(rows, [2]string{a.say("Bộ nhớ", "Memory"), bytesWord(r.Memory)})
	}
	if r.DiskTotal > 0 {
		rows = append(rows, [2]string{a.say("Đĩa", "Disk"), fmt.Sprintf(a.say("còn trống %s trên %s", "%s free of %s"), bytesWord(r.DiskFree), bytesWord(r.DiskTotal))})
	}
	if r.Running {
		rows = append(rows, [2]string{a.say("Luồng", "Feeds"), fmt.Sprintf(a.say("%d đang mở", "%d open"), r.Feeds)})
	}
	return rows
}

func (a *app) healthWord(r statusReport) string {
	switch r.Status.Status {
	case server.HealthGood:
		return a.say("tốt", "good")
	case server.HealthReadOnly:
		return a.say("CÓ CHIẾN DỊCH CHỈ ĐỌC", "A CAMPAIGN IS READ-ONLY")
	case server.HealthTrouble:
		return a.say("CÓ TRỤC TRẶC: ", "TROUBLE: ") + r.Why
	case server.HealthStarting:
		return a.say("đang khởi động: đang đọc các chiến dịch", "starting: campaigns are being read")
	case server.HealthStopping:
		return a.say("đang dừng", "stopping")
	}
	return string(r.Status.Status)
}

func (a *app) durabilityWord(d ledger.Durability) string {
	if d == ledger.DurabilitySynced {
		return a.say("sự kiện đã xuống đĩa rồi mới được xác nhận", "an event is on disk before it is acknowledged")
	}
	return a.say("chưa rõ: máy chủ NATS bên ngoài mặc định xác nhận trước khi ghi xuống đĩa", "unverified: by default an external NATS server acknowledges before it syncs")
}

func (a *app) natsWord(r statusReport) string {
	n := r.NATS
	switch {
	case !n.Connected:
		return fmt.Sprintf(a.say("MẤT KẾT NỐI (%s)", "NOT CONNECTED (%s)"), n.State)
	case n.Embedded && n.Place == "":
		return a.say("nhúng, không mở cổng", "embedded, no port")
	case n.Embedded:
		return a.say("nhúng, tại ", "embedded, at ") + n.Place
	}
	word := fmt.Sprintf(a.say("bên ngoài, tại %s; đang nối với %s", "external, at %s; connected to %s"), n.Place, n.Server)
	if n.Cluster != "" {
		word += fmt.Sprintf(a.say(" của cụm %s", " of cluster %s"), n.Cluster)
	}
	if s := n.Streams; s != nil {
		word += fmt.Sprintf(a.say("; %s, ít nhất %d bản sao", "; %s with at least %d replicas"), a.count(s.Streams, "luồng", "stream"), s.Replicas)
		if s.Leaderless > 0 {
			word += fmt.Sprintf(a.say("; %d KHÔNG CÓ MÁY CHỦ TRÌ", "; %d WITHOUT A LEADER"), s.Leaderless)
		}
		if s.Behind > 0 {
			word += fmt.Sprintf(a.say("; %d có bản sao chậm hoặc vắng", "; %d with a replica behind or away"), s.Behind)
		}
	}
	return word
}

// writeStates shows the campaigns.
func (a *app) writeStates(list []server.CampaignState, now time.Time) {
	fmt.Fprintln(a.out)
	if len(list) == 0 {
		fmt.Fprintln(a.out, a.say("Chưa có chiến dịch nào.", "There is no campaign."))
		return
	}
	t := table{header: []string{a.say("Chiến dịch", "Campaign"), a.say("Sự kiện", "Events"), a.say("Trạng thái", "State"), a.say("Mới nhất", "Newest"), a.say("Đã ký", "Signed"),
		a.say("Nhân chứng", "Witnesses"), a.say("Luồng", "Feeds")}, right: []bool{false, true, false, true, true, true, true}, flexible: 0}
	for i := range list {
		t.rows = append(t.rows, a.stateRow(&list[i], now))
	}
	t.write(a.out)
	for _, c := range list {
		if c.ReadOnly != "" {
			fmt.Fprintln(a.out)
			writeWrapped(a.out, "  ", fmt.Sprintf(a.say("%s chỉ đọc: %s", "%s is read-only: %s"), c.ID, c.ReadOnly), lineWidth)
		}
	}
}

func (a *app) stateRow(c *server.CampaignState, now time.Time) []string {
	if !c.Open {
		state := a.say("chưa mở", "not open")
		if c.ReadOnly != "" {
			state = a.say("CHỈ ĐỌC", "READ-ONLY")
		}
		return []string{c.ID, "", state, "", "", "", ""}
	}
	state := a.say("trực tiếp", "live")
	switch {
	case c.ReadOnly != "":
		state = a.say("CHỈ ĐỌC", "READ-ONLY")
	case c.Final:
		state = a.say("đã kết thúc", "final")
	case c.Stage != "":
		state = a.stageWord(c.Stage)
	}
	signed := a.say("chưa", "none")
	if c.Checkpoint > 0 {
		if signed = a.age(c.Signed, now); c.Checkpoint < c.Events {
			signed = fmt.Sprintf(a.say("%s, chờ %d", "%s, %d wait"), signed, c.Events-c.Checkpoint)
		}
	}
	witnesses := a.say("không", "none")
	if c.Proof.Witnesses > 0 {
		witnesses = fmt.Sprintf("%d/%d", c.Proof.Cosigned, c.Proof.Witnesses)
	}
	return []string{c.ID, fmt.Sprint(c.Events), state, a.age(c.Newest, now), signed, witnesses, fmt.Sprint(c.Feeds)}
}

// age is how long ago a time was, in one unit; "?" where it is not known.
func (a *app) age(at string, now time.Time) string {
	t, err := events.ParseTime(at)
	if err != nil {
		return "?"
	}
	d := max(now.Sub(t), 0)
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf(a.say("%d giây", "%d s"), int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf(a.say("%d phút", "%d min"), int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf(a.say("%d giờ", "%d h"), int(d.Hours()))
	}
	return fmt.Sprintf(a.say("%d ngày", "%d days"), int(d/day))
}

// bytesWord is a size with three figures or so.
func bytesWord(n uint64) string {
	const unit = 1024
	size, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for ; size >= unit && len(units) > 1; units = units[1:] {
		size /= unit
	}
	if size < 10 && size != math.Trunc(size) {
		return fmt.Sprintf("%.1f %s", size, units[0])
	}
	return fmt.Sprintf("%.0f %s", size, units[0])
}
