# The load test: artillery against the local gateway, its report in build/load. Artillery is installed when first asked.

.PHONY: load

load: bootstraps tools ## 5 plans a second for a minute (artillery); prints p95 and the share that succeeded
	@BUILD=$(BUILD) infra/load/run.sh $(BUILD)/load/plan.json
