package events

import "strings"

// In is the stage as people say it in lang ("vi", else English), where it is the code's own word.
func (s Stage) In(lang string) string {
	if lang != "vi" {
		return string(s)
	}
	switch s {
	case StageDraft:
		return "chuẩn bị"
	case StageOpen:
		return "phát động"
	case StageScoring:
		return "chấm điểm"
	case StageReview:
		return "thẩm định"
	case StageDeliberation:
		return "bình xét"
	case StageBallot:
		return "bỏ phiếu"
	case StageFinal:
		return "kết quả chính thức"
	}
	return string(s)
}

// LevelIn is a level of review as people say it in lang ("vi", else English, where it is the id). A regulation names its levels as it likes: what
// is none of the usual ids stays as it is.
func LevelIn(level, lang string) string {
	if lang != "vi" {
		return level
	}
	switch level {
	case "self":
		return "tự chấm"
	case "peer":
		return "đơn vị bạn chấm"
	case "cross":
		return "chấm chéo"
	case "cluster":
		return "cụm thẩm định"
	case "recheck":
		return "phúc tra"
	case "approved":
		return "điểm duyệt"
	}
	return level
}

// RoleIn is a member's role as people say it in lang ("vi", else English), where it is the code's own word.
func RoleIn(role, lang string) string {
	if lang != "vi" {
		return role
	}
	switch role {
	case RoleHead:
		return "thủ trưởng"
	case RoleOfficer:
		return "cán bộ"
	case RoleReviewer:
		return "người thẩm định"
	case RoleCouncil:
		return "ủy viên hội đồng"
	case RoleTeller:
		return "người kiểm phiếu"
	case RoleAuditor:
		return "người giám sát"
	case RoleAuthority:
		return "cấp có thẩm quyền"
	}
	return role
}

// BallotKindIn is a kind of ballot as people say it in lang ("vi", else English).
func BallotKindIn(kind, lang string) string {
	switch {
	case lang != "vi":
		return kind
	case kind == BallotNamed:
		return "ký danh"
	}
	return "phiếu giấy"
}

// BallotProtects says in lang what a kind of ballot protects, and what it does not.
func BallotProtects(kind, lang string) string {
	switch {
	case kind == BallotNamed && lang == "vi":
		return "ký danh: mỗi lá phiếu có chữ ký số, không ai sửa được; sau khi kết thúc ai cũng thấy ai bỏ phiếu thế nào, và người vận hành máy chủ thấy trước đó"
	case kind == BallotNamed:
		return "named: each vote is signed and can't be changed; after the close everybody sees who voted how, and the server's operator can before"
	case lang == "vi":
		return "phiếu giấy: không ai biết ai bỏ phiếu thế nào; số phiếu đúng hay không dựa vào lời của tổ kiểm phiếu và biên bản giấy"
	}
	return "paper: nobody sees who voted how; that the count is right rests on the tellers' word and the paper minutes"
}

// CommendIn is a kind of commendation as people say it in lang ("vi", else English, where it is the code's own word).
func CommendIn(kind, lang string) string {
	if lang != "vi" {
		return kind
	}
	switch kind {
	case CommendAdHoc:
		return "đột xuất"
	case CommendThematic:
		return "chuyên đề"
	case CommendExemplar:
		return "điển hình tiên tiến"
	}
	return kind
}

// VoteIn is what a vote says in lang ("vi", else English).
func VoteIn(vote, lang string) string {
	if lang != "vi" {
		return vote
	}
	switch vote {
	case VoteFor:
		return "đồng ý"
	case VoteAgainst:
		return "không đồng ý"
	case VoteAbstained:
		return "không có ý kiến về"
	case VoteRecused:
		return "không bỏ phiếu vì liên quan"
	}
	return vote
}

// DocumentIn is a kind of document as people say it in lang ("vi", else English).
func DocumentIn(kind, lang string) string {
	words := map[string][2]string{
		DocumentMinutes:  {"biên bản hội nghị bình xét, suy tôn", "minutes of the deliberation"},
		DocumentTally:    {"biên bản kiểm phiếu", "tally minutes"},
		DocumentProposal: {"tờ trình", "proposal"},
		DocumentSheet:    {"phiếu chấm điểm", "score sheet"},
		DocumentSummary:  {"bảng tổng hợp điểm", "summary table"},
		DocumentDossier:  {"hồ sơ", "dossier"},
	}
	switch word, ok := words[kind]; {
	case !ok:
		return kind
	case lang == "vi":
		return word[0]
	default:
		return word[1]
	}
}

// NumberIn writes an exact decimal as people of lang write it: 1.234,56 in Vietnamese, else 1,234.56. What is no decimal stays as it is.
func NumberIn(decimal, lang string) string {
	group, mark := ",", "."
	if lang == "vi" {
		group, mark = ".", ","
	}
	whole, fraction, isFraction := strings.Cut(decimal, ".")
	digits := strings.TrimLeft(whole, "-+")
	if strings.Trim(digits, "0123456789") != "" || digits == "" {
		return decimal
	}
	out := whole[:len(whole)-len(digits)]
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out += group
		}
		out += string(d)
	}
	if isFraction {
		out += mark + fraction
	}
	return out
}
