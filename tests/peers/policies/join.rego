package usher

import rego.v1

default decision := {"verdict": "review", "code": "other-domain"}

decision := {"verdict": "approve", "code": "verified-domain"} if {
	email := input.applicant.work_email
	email.domain in data.domains
	"domain-dns" in email.evidence
	"one-time-code" in email.evidence
}
