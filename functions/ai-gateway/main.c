#include "functions/ai-gateway/handler.h"

int main(void)
{
    return endpoint_run(&ai_gateway);
}
