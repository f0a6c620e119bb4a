package events

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
		return "kết quả cuối"
	}
	return string(s)
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
