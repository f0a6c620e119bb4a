package metrics

// Family describes a metric: the HELP that Prometheus shows, and the same for who reads Vietnamese. All that is exported under the prefix stands in
// the table below, and nothing else; a test holds that.
type Family struct {
	Name   string // without the prefix
	Kind   Kind
	Labels []string
	En, Vi string
}

// Kind is what a metric is.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Prefix starts every name.
const Prefix = "campaign_ledger_"

var campaignLabel = []string{"campaign"}

// The families, by what they are about.
var (
	eventsAppended = Family{"events_appended_total", Counter, nil, "Events that this process made durable, in all campaigns.", "Số sự kiện tiến trình này đã ghi bền, ở mọi chiến dịch."}
	commits        = Family{"commits_total", Counter, nil, "Commits that this process made durable: what it stored together, in one message.", "Số lần ghi bền của tiến trình này; mỗi lần là một thông điệp."}
	commitEvents   = Family{"commit_events", Histogram, nil, "Events in a commit.", "Số sự kiện trong một lần ghi."}
	commitBytes    = Family{"commit_bytes", Histogram, nil, "Size of a commit in bytes, rounded up to the bucket's bound: to the byte it could tell a hidden vote by its length.",
		"Cỡ một lần ghi tính bằng byte, làm tròn lên mốc của nhóm: đúng từng byte thì độ dài có thể lộ phiếu kín."}
	commitSeconds = Family{"commit_duration_seconds", Histogram, nil, "Time in seconds that the store took for a commit: on disk, synced, or on a majority.", "Thời gian (giây) kho lưu một lần ghi: đã xuống đĩa, hoặc đã ở đa số máy."}
	gatherSeconds = Family{"commit_gather_seconds", Histogram, nil, "Time in seconds that a commit waited for more writers before.", "Thời gian (giây) một lần ghi chờ thêm người ghi."}
	appendSeconds = Family{"append_duration_seconds", Histogram, []string{"result"}, "Time in seconds from a writer's asking to its answer, by result: stored or failed.", "Thời gian (giây) từ lúc người ghi gửi đến lúc được trả lời, theo kết quả: stored hoặc failed."}
	refusals      = Family{"refusals_total", Counter, []string{"code"}, "Bodies of events that were not stored, by the code in the answer; while a freeze or an open ballot hides something of the campaign, all as withheld.", "Số lần gửi không được ghi, theo mã trong câu trả lời; khi chiến dịch đang đóng băng hoặc có phiếu kín thì gộp là withheld."}
	setbacks      = Family{"commit_setbacks_total", Counter, []string{"kind"}, "Commits that did not get through at once, by kind: conflict (another process was first), unclear (no answer, the log tells), retry (the store could not be read).", "Số lần ghi chưa qua ngay, theo loại: conflict (tiến trình khác ghi trước), unclear (không có trả lời, phải đọc lại sổ), retry (kho không đọc được)."}
	queued        = Family{"appends_queued", Gauge, nil, "Bodies of events that wait for their turn now, in all campaigns.", "Số lần gửi đang chờ đến lượt, ở mọi chiến dịch."}
	held          = Family{"appends_held", Gauge, nil, "Bodies of events that are held back now until what refuses them ends, in all campaigns.", "Số lần gửi đang được giữ lại đến khi hết lý do từ chối, ở mọi chiến dịch."}

	foldLagEvents  = Family{"fold_lag_events", Gauge, nil, "Events that the log holds and this process has not applied yet, of the campaign that is furthest behind.", "Số sự kiện sổ đã có mà tiến trình này chưa tính, ở chiến dịch chậm nhất."}
	foldLagSeconds = Family{"fold_lag_seconds", Gauge, nil, "Time in seconds since the oldest event that is not applied yet was seen.", "Số giây từ khi thấy sự kiện cũ nhất chưa được tính."}
	unsignedEvents = Family{"unsigned_events", Gauge, nil, "Events that no checkpoint covers yet, in all open campaigns.", "Số sự kiện chưa nằm dưới điểm kiểm tra nào, ở mọi chiến dịch đang mở."}
	unsignedAge    = Family{"unsigned_seconds", Gauge, nil, "Time in seconds that events of some campaign have waited for a checkpoint; 0 where every event is covered.", "Số giây sự kiện của một chiến dịch đã chờ điểm kiểm tra; 0 nếu mọi sự kiện đã có."}

	campaignsOpen     = Family{"campaigns_open", Gauge, nil, "Campaigns that are open in this process.", "Số chiến dịch đang mở trong tiến trình này."}
	campaignsReadOnly = Family{"campaigns_read_only", Gauge, nil, "Campaigns that take no events because their log is broken, or that can't be opened.", "Số chiến dịch chỉ đọc vì sổ hỏng, hoặc không mở được."}
	scrubTime         = Family{"scrub_timestamp_seconds", Gauge, nil, "When the last round began that read all logs again, in seconds since 1970; 0 where none has ended since the start.", "Lúc bắt đầu vòng đọc lại toàn bộ sổ gần nhất đã xong, tính bằng giây từ 1970; 0 nếu chưa xong vòng nào từ khi chạy."}
	unlabelled        = Family{"campaigns_unlabelled", Gauge, nil, "Open campaigns that have no series of their own, because there are too many.", "Số chiến dịch đang mở không có chuỗi riêng vì quá nhiều."}

	campaignEvents    = Family{"campaign_events", Gauge, campaignLabel, "Events in a campaign's log.", "Số sự kiện trong sổ của chiến dịch."}
	campaignNewest    = Family{"campaign_newest_event_timestamp_seconds", Gauge, campaignLabel, "When a campaign's newest event was recorded, in seconds since 1970.", "Lúc ghi sự kiện mới nhất của chiến dịch, tính bằng giây từ 1970."}
	campaignReadOnly  = Family{"campaign_read_only", Gauge, campaignLabel, "1 where a campaign is read-only, else 0.", "1 nếu chiến dịch chỉ đọc, ngược lại 0."}
	checkpointEvents  = Family{"campaign_checkpoint_events", Gauge, campaignLabel, "Events that a campaign's newest checkpoint covers.", "Số sự kiện điểm kiểm tra mới nhất của chiến dịch bao gồm."}
	checkpointTime    = Family{"campaign_checkpoint_timestamp_seconds", Gauge, campaignLabel, "When a campaign's newest checkpoint was signed, in seconds since 1970.", "Lúc ký điểm kiểm tra mới nhất của chiến dịch, tính bằng giây từ 1970."}
	witnesses         = Family{"campaign_witnesses", Gauge, campaignLabel, "Witnesses that a campaign's policy names.", "Số nhân chứng chính sách của chiến dịch nêu."}
	witnessesCosigned = Family{"campaign_witnesses_cosigned", Gauge, campaignLabel, "Witnesses behind a campaign's newest checkpoint.", "Số nhân chứng đã ký điểm kiểm tra mới nhất của chiến dịch."}
	witnessesQuorum   = Family{"campaign_witnesses_quorum", Gauge, campaignLabel, "How many witnesses a campaign asks for.", "Số nhân chứng chiến dịch đòi hỏi."}
	cosignatureTime   = Family{"campaign_cosignature_timestamp_seconds", Gauge, campaignLabel, "When a witness last cosigned a checkpoint of a campaign, in seconds since 1970; absent where none has.", "Lúc nhân chứng ký gần nhất cho chiến dịch, tính bằng giây từ 1970; không có nếu chưa ai ký."}
	campaignFoldLag   = Family{"campaign_fold_lag_events", Gauge, campaignLabel, "Events that a campaign's log holds and this process has not applied yet.", "Số sự kiện sổ của chiến dịch đã có mà tiến trình này chưa tính."}
	feedsOpen         = Family{"feeds_open", Gauge, nil, "Live feeds that are open now.", "Số luồng trực tiếp đang mở."}
	feedsDropped      = Family{"feeds_dropped_total", Counter, []string{"reason"}, "Live feeds that the server ended, by the code their readers were given; slow: the reader took nothing for too long.", "Số luồng trực tiếp máy chủ đã ngắt, theo mã báo cho người đọc; slow: người đọc nhận quá chậm."}
	requests          = Family{"http_requests_total", Counter, []string{"route", "status"}, "HTTP requests by route and status.", "Số yêu cầu HTTP, theo đường dẫn và mã trạng thái."}
	requestSeconds    = Family{"http_request_duration_seconds", Histogram, []string{"route"}, "Time in seconds for an HTTP request by route, but for live feeds, which have no end.", "Thời gian (giây) của một yêu cầu HTTP theo đường dẫn, trừ các luồng trực tiếp."}
	loginsFailed      = Family{"logins_failed_total", Counter, nil, "Logins that failed.", "Số lần đăng nhập không thành công."}
	natsConnected     = Family{"nats_connected", Gauge, nil, "1 while the connection to NATS stands, else 0.", "1 khi đang nối với NATS, ngược lại 0."}
	natsReconnects    = Family{"nats_reconnects_total", Counter, nil, "How often the connection to NATS was made again.", "Số lần nối lại với NATS."}
	ready             = Family{"ready", Gauge, nil, "1 once every campaign is folded to its end and until the server drains, else 0.", "1 khi mọi chiến dịch đã tính xong và máy chủ chưa dừng, ngược lại 0."}
	buildInfo         = Family{"build_info", Gauge, []string{"version", "go"}, "1, with the program's version and the version of Go it was built with.", "1, kèm phiên bản chương trình và phiên bản Go dùng để dựng."}
)

// Families are all metrics under the prefix.
func Families() []Family {
	return []Family{
		eventsAppended, commits, commitEvents, commitBytes, commitSeconds, gatherSeconds, appendSeconds, refusals, setbacks, queued, held,
		foldLagEvents, foldLagSeconds, unsignedEvents, unsignedAge, campaignsOpen, campaignsReadOnly, scrubTime, unlabelled,
		campaignEvents, campaignNewest, campaignReadOnly, checkpointEvents, checkpointTime, witnesses, witnessesCosigned, witnessesQuorum, cosignatureTime, campaignFoldLag,
		feedsOpen, feedsDropped, requests, requestSeconds, loginsFailed, natsConnected, natsReconnects, ready, buildInfo,
	}
}
