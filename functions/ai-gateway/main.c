#include "functions/ai-gateway/handler.h"
#include "functions/ai-gateway/replay.h"

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--replay") == 0) {
        return gateway_replay(argv[2]);
    }
    return endpoint_run(&ai_gateway);
}
