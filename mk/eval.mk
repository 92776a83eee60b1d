# The evaluation of the refiner: what it makes of what models do. tests/eval/eval.py has the words.

.PHONY: eval

eval: $(BUILD)/release/functions/refiner/bootstrap tools $(BUILD)/bench/schema/clambda ## the refiner before models that misbehave, a few minutes (build/eval/report.txt)
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/eval/eval.sh
