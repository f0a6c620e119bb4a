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
		return "Đồng thuận hoặc xác nhận một bản ghi", "A member endorses a record"
	case TypeRegulationAmended:
		return "Sửa đổi quy chế", "The regulation is amended"
	case TypeStageAdvanced:
		return "Chuyển sang giai đoạn tiếp theo", "The next stage begins"
	case TypeStandingsFrozen:
		return "Đóng băng bảng xếp hạng", "The standings are frozen"
	case TypeStandingsRevealed:
		return "Công bố bảng xếp hạng đã đóng băng", "The frozen standings are revealed"
	case TypePublicationStarted:
		return "Bắt đầu niêm yết công khai", "A publication begins"
	case TypeLedgerTakenOver:
		return "Tiếp quản sổ từ một bản sao lưu", "The ledger is taken over from a backup"
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
	return t.awardTitle()
}

// awardTitle is Title for what leads from the evaluation of the units to their awards.
func (t Type) awardTitle() (vi, en string) {
	switch t {
	case TypeEvaluationRecorded:
		return "Đánh giá một đơn vị: ưu điểm; tồn tại, hạn chế", "A unit is evaluated: strengths and shortcomings"
	case TypeExclusionImposed:
		return "Không xét khen thưởng một đơn vị trong thời hạn", "A unit is barred from awards for a time"
	case TypeExclusionLifted:
		return "Thôi không xét khen thưởng trước hạn", "A bar from awards is lifted"
	case TypeNominationProposed:
		return "Suy tôn một đơn vị", "A unit is nominated for an award"
	case TypeNominationWithdrawn:
		return "Rút lại việc suy tôn", "A nomination is taken back"
	case TypeBallotOpened:
		return "Mở cuộc bỏ phiếu của hội đồng", "A ballot of the council is opened"
	case TypeBallotCast:
		return "Ủy viên bỏ phiếu ký danh", "A member votes in a named ballot"
	case TypeBallotTallied:
		return "Tổ kiểm phiếu lập biên bản kiểm phiếu", "The tellers count a paper ballot"
	case TypeBallotClosed:
		return "Kết thúc cuộc bỏ phiếu", "A ballot is closed"
	case TypeAwardProposed:
		return "Cụm đề nghị cấp có thẩm quyền khen thưởng", "The cluster proposes a unit for an award"
	case TypeAwardDecided:
		return "Cấp có thẩm quyền quyết định khen thưởng", "The authority decides on an award"
	case TypeAwardRevoked:
		return "Hủy bỏ quyết định khen thưởng", "An award is revoked"
	case TypeAppealFiled:
		return "Đơn vị khiếu nại", "A unit appeals"
	case TypeAppealDecided:
		return "Giải quyết khiếu nại", "An appeal is decided"
	case TypeDocumentIssued:
		return "Ban hành văn bản", "A document is issued"
	}
	return "", ""
}
