package pact

import (
	"fmt"

	"campaignledger/events"
)

// words is the document's own text in one language.
type words struct {
	heading                                                            string
	campaign, period, movement, theme, opened, rules, regulation, asOf string
	cluster, lead, event                                               string
	genesis                                                            string
	proves, compareGenesis, compareKeys                                string
	members, number, name, role, unit, fingerprint                     string
	witnesses, noWitnesses, watching, witness, noUnit, logKey          string
	colluding, atMost, quorum, cosignatures, unsafe, splits, silent    string
	signatures, signing                                                string
	head, noHead, joined, notJoined, date, signature, stamp            string
	roleTitles                                                         map[string]string
}

func wordsOf(lang string) (words, error) {
	switch lang {
	case "vi":
		return vietnamese(), nil
	case "en":
		return english(), nil
	}
	return words{}, fmt.Errorf(`the language is %q; take "vi" or "en"`, lang)
}

func english() words {
	return words{
		heading:  "Emulation pact",
		campaign: "Campaign", period: "Period", movement: "Movement", theme: "Theme", opened: "Opened", rules: "Rules version",
		regulation: "Regulation, SHA-256", asOf: "Keys valid after", cluster: "Cluster", lead: "lead unit", event: "event %d",
		genesis: "Genesis hash (SHA-256 of record 1)",
		proves: "What this paper proves: who signs it agrees to the one campaign whose record 1 (its regulation and founding members) has this " +
			"genesis hash, and to the keys below as those of its members after event %d; it does not prove what is recorded later, who holds " +
			"a key, or that any score is right.",
		compareGenesis: "Compare on your own computer, digit by digit, before you sign. The genesis hash:",
		compareKeys:    "Your key's fingerprint, from your own key file:",
		members:        "Members and their keys", number: "No.", name: "Name", role: "Role", unit: "Unit", fingerprint: "Key fingerprint (SHA-256)",
		witnesses: "Witnesses of the log", witness: "Witness", noUnit: "of no unit", logKey: "Key of the log, fingerprint (SHA-256)",
		noWitnesses: "Nobody outside watches the log: the regulation names no witnesses.",
		watching: "The regulation whose SHA-256 stands above names these witnesses. They watch the log from outside and cosign its checkpoints; " +
			"a checkpoint counts as witnessed once it has a quorum of their cosignatures.",
		colluding: "May collude", atMost: "at most %d of %d, the lead unit's witness counted",
		quorum: "Quorum", cosignatures: "%d of %d cosignatures",
		unsafe: "No safe quorum.",
		splits: "Under this assumption two checkpoints that contradict each other can both have a quorum: units can be shown different " +
			"logs, and the cosignatures do not tell.",
		silent:     "If so many collude, they can keep every checkpoint from having a quorum: by not cosigning it.",
		signatures: "Signatures of the units",
		signing: "Each head signs that the genesis hash and the fingerprints on these pages are the same as those the unit's own program " +
			"shows. The footer of every page must have the same first 16 digits.",
		head: "Head", noHead: "none yet", joined: "Joined the pact", notJoined: "not yet",
		date: "Date", signature: "Signature and full name", stamp: "Stamp",
		roleTitles: map[string]string{
			events.RoleHead: "Head of unit", events.RoleOfficer: "Officer", events.RoleReviewer: "Reviewer", events.RoleCouncil: "Council member",
			events.RoleTeller: "Teller", events.RoleAuditor: "Auditor", events.RoleAuthority: "Awarding authority",
		},
	}
}

func vietnamese() words {
	return words{
		heading:  "Giao ước thi đua",
		campaign: "Chiến dịch", period: "Thời gian", movement: "Phong trào", theme: "Chủ đề", opened: "Mở lúc", rules: "Phiên bản quy tắc",
		regulation: "Quy chế, SHA-256", asOf: "Khóa có hiệu lực sau", cluster: "Cụm", lead: "Cụm trưởng", event: "sự kiện số %d",
		genesis: "Mã băm gốc (SHA-256 của bản ghi số 1)",
		proves: "Giấy này chứng minh: người ký thừa nhận đúng một chiến dịch có bản ghi số 1 (quy chế và các thành viên ban đầu) mang mã băm gốc " +
			"này, và thừa nhận các khóa dưới đây là khóa của các thành viên sau sự kiện số %d; giấy không chứng minh những gì được ghi về " +
			"sau, ai đang giữ khóa, hay điểm nào là đúng.",
		compareGenesis: "Trước khi ký, hãy đối chiếu từng chữ số trên máy của chính đơn vị mình. Mã băm gốc:",
		compareKeys:    "Dấu vân tay khóa của mình, lấy từ tệp khóa của mình:",
		members:        "Thành viên và khóa", number: "STT", name: "Họ và tên", role: "Vai trò", unit: "Đơn vị", fingerprint: "Dấu vân tay khóa (SHA-256)",
		witnesses: "Nhân chứng của sổ", witness: "Nhân chứng", noUnit: "không thuộc đơn vị nào", logKey: "Khóa của sổ, dấu vân tay (SHA-256)",
		noWitnesses: "Không có ai bên ngoài theo dõi sổ: quy chế không chỉ định nhân chứng nào.",
		watching: "Quy chế có mã băm nêu trên chỉ định các nhân chứng này. Họ theo dõi sổ từ bên ngoài và ký xác nhận các điểm kiểm " +
			"tra của sổ; một điểm kiểm tra được coi là có nhân chứng khi đã đủ túc số chữ ký xác nhận.",
		colluding: "Có thể thông đồng", atMost: "nhiều nhất %d trong số %d, kể cả nhân chứng của cụm trưởng",
		quorum: "Túc số", cosignatures: "%d trong số %d chữ ký xác nhận",
		unsafe: "Không có túc số an toàn.",
		splits: "Với giả định này, hai điểm kiểm tra trái ngược nhau có thể cùng đủ túc số: các đơn vị có thể được cho xem " +
			"những sổ khác nhau mà chữ ký xác nhận không làm lộ điều đó.",
		silent:     "Nếu từng ấy nhân chứng thông đồng, họ chỉ cần không ký là không điểm kiểm tra nào đủ túc số.",
		signatures: "Chữ ký của các đơn vị",
		signing: "Thủ trưởng từng đơn vị ký xác nhận: mã băm gốc và các dấu vân tay khóa trên giấy này giống hệt những gì chương trình của " +
			"chính đơn vị hiển thị. Chân trang của mọi trang phải có cùng 16 chữ số đầu.",
		head: "Thủ trưởng", noHead: "chưa có", joined: "Tham gia giao ước", notJoined: "chưa",
		date: "Ngày", signature: "Ký, ghi rõ họ tên", stamp: "Đóng dấu",
		roleTitles: map[string]string{
			events.RoleHead: "Thủ trưởng đơn vị", events.RoleOfficer: "Cán bộ", events.RoleReviewer: "Người thẩm định",
			events.RoleCouncil: "Ủy viên hội đồng", events.RoleTeller: "Người kiểm phiếu", events.RoleAuditor: "Người giám sát",
			events.RoleAuthority: "Cấp có thẩm quyền",
		},
	}
}
