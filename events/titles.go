package events

// Title says in a few words what an event of the type is, in Vietnamese and in English; "" for types this program does not know.
func (t Type) Title() (vi, en string) {
	switch t {
	case TypeCampaignOpened:
		return "Mở chiến dịch theo quy chế", "A campaign is opened under its regulation"
	case TypeTargetSet:
		return "Giao chỉ tiêu cho một đơn vị", "A unit is set a target"
	case TypeScoreEntered:
		return "Chấm điểm một đơn vị theo một tiêu chí", "A scorer gives a unit a mark on a criterion"
	case TypeEntryWithdrawn:
		return "Rút lại một điểm hoặc chỉ tiêu", "An entry is taken out of account"
	case TypeTieDecided:
		return "Phân định các đơn vị bằng điểm", "Units of equal points are put in order"
	case TypeImportStarted:
		return "Bắt đầu nhập điểm từ một tệp", "The rows of a file follow"
	case TypeCampaignClosed:
		return "Kết thúc chiến dịch", "A campaign is closed"
	}
	if vi, en = t.memberTitle(); en != "" {
		return vi, en
	}
	return t.workTitle()
}

// memberTitle is Title for members, joint acts and what moves a campaign on.
func (t Type) memberTitle() (vi, en string) {
	switch t {
	case TypeUnitJoined:
		return "Đơn vị ký giao ước thi đua", "A unit signs the pact"
	case TypeUnitWithdrawn:
		return "Đơn vị rút khỏi chiến dịch", "A unit withdraws"
	case TypeMemberAppointed:
		return "Cử thành viên và ghi nhận khóa", "A member is appointed with a key"
	case TypeMemberRekeyed:
		return "Thay khóa của một thành viên", "A member is given another key"
	case TypeMemberRemoved:
		return "Thôi tư cách thành viên", "A member is removed"
	case TypeRecordEndorsed:
		return "Tán thành hoặc xác nhận một bản ghi", "A member endorses a record"
	case TypeRegulationAmended:
		return "Sửa đổi quy chế", "The regulation is amended"
	case TypeStageAdvanced:
		return "Chuyển sang giai đoạn tiếp theo", "The next stage begins"
	case TypeStandingsFrozen:
		return "Tạm đóng bảng xếp hạng", "The standings are frozen"
	case TypeStandingsRevealed:
		return "Công bố bảng xếp hạng đã đóng", "The frozen standings are revealed"
	case TypePublicationStarted:
		return "Bắt đầu niêm yết công khai", "A publication begins"
	}
	return "", ""
}

// workTitle is Title for the year's work and the review chain.
func (t Type) workTitle() (vi, en string) {
	switch t {
	case TypeDriveLaunched:
		return "Phát động một đợt thi đua", "A drive is launched"
	case TypeDriveClosed:
		return "Kết thúc một đợt thi đua", "A drive is closed"
	case TypeReportFiled:
		return "Đơn vị nộp báo cáo", "A unit files a report"
	case TypeCommendationRecorded:
		return "Ghi nhận khen thưởng", "A commendation is recorded"
	case TypeScoreReturned:
		return "Trả lại một điểm để chấm lại", "An entry is returned with a reason"
	case TypeExplanationFiled:
		return "Đơn vị giải trình", "A unit explains itself"
	case TypeSheetSealed:
		return "Niêm phong phiếu chấm", "A scorer's sheet is sealed"
	case TypeSheetRevealed:
		return "Mở phiếu chấm đã niêm phong", "A sealed sheet is opened"
	}
	return "", ""
}
