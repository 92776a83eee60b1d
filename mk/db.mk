# The database by itself: the loader for USDA's own files.

.PHONY: seed-usda

seed-usda: tools ## load FoodData Central's CSV files: make seed-usda DIR=... (starts the database of make run if it is down)
	@test -n "$(DIR)" || { echo 'seed-usda: say where the files are: make seed-usda DIR=path/to/FoodData_Central_sr_legacy_food_csv' >&2; exit 2; }
	@infra/db/seed-usda.sh "$(DIR)"
