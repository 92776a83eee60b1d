#include "infra/local/template/support.h"

struct entry {
    struct str name;
    enum support support;
};

#define EMULATED(text)                                                                             \
    {                                                                                              \
        STR_INIT(text), SUPPORT_EMULATED                                                           \
    }
#define IGNORED(text)                                                                              \
    {                                                                                              \
        STR_INIT(text), SUPPORT_IGNORED                                                            \
    }

static enum support lookup(const struct entry *entries, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(entries[i].name, name)) {
            return entries[i].support;
        }
    }
    return SUPPORT_REFUSED;
}

enum support support_resource(struct str type)
{
    static const struct entry types[] = {
        EMULATED("AWS::Events::Rule"),
        EMULATED("AWS::Scheduler::Schedule"),
        EMULATED("AWS::Serverless::Api"),
        EMULATED("AWS::Serverless::Function"),
        EMULATED("AWS::Serverless::HttpApi"),
        EMULATED("AWS::SQS::Queue"),
        IGNORED("AWS::ApiGatewayV2::ApiMapping"),
        IGNORED("AWS::ApiGatewayV2::DomainName"),
        IGNORED("AWS::ApplicationInsights::Application"),
        IGNORED("AWS::Budgets::Budget"),
        IGNORED("AWS::CertificateManager::Certificate"),
        IGNORED("AWS::Chatbot::SlackChannelConfiguration"),
        IGNORED("AWS::CloudWatch::Alarm"),
        IGNORED("AWS::CloudWatch::AnomalyDetector"),
        IGNORED("AWS::CloudWatch::CompositeAlarm"),
        IGNORED("AWS::CloudWatch::Dashboard"),
        IGNORED("AWS::CodeDeploy::Application"),
        IGNORED("AWS::CodeDeploy::DeploymentGroup"),
        IGNORED("AWS::EC2::SecurityGroup"),
        IGNORED("AWS::EC2::SecurityGroupEgress"),
        IGNORED("AWS::EC2::SecurityGroupIngress"),
        IGNORED("AWS::EC2::VPCEndpoint"),
        IGNORED("AWS::IAM::ManagedPolicy"),
        IGNORED("AWS::IAM::Policy"),
        IGNORED("AWS::IAM::Role"),
        IGNORED("AWS::KMS::Alias"),
        IGNORED("AWS::KMS::Key"),
        IGNORED("AWS::Lambda::Alias"),
        IGNORED("AWS::Lambda::Permission"),
        IGNORED("AWS::Lambda::Version"),
        IGNORED("AWS::Logs::LogGroup"),
        IGNORED("AWS::Logs::MetricFilter"),
        IGNORED("AWS::Logs::QueryDefinition"),
        IGNORED("AWS::Logs::ResourcePolicy"),
        IGNORED("AWS::Logs::SubscriptionFilter"),
        IGNORED("AWS::ResourceGroups::Group"),
        IGNORED("AWS::Route53::RecordSet"),
        IGNORED("AWS::S3::Bucket"),
        IGNORED("AWS::S3::BucketPolicy"),
        IGNORED("AWS::Scheduler::ScheduleGroup"),
        IGNORED("AWS::SecretsManager::ResourcePolicy"),
        IGNORED("AWS::SecretsManager::RotationSchedule"),
        IGNORED("AWS::SecretsManager::Secret"),
        IGNORED("AWS::SNS::Subscription"),
        IGNORED("AWS::SNS::Topic"),
        IGNORED("AWS::SNS::TopicPolicy"),
        IGNORED("AWS::SQS::QueuePolicy"),
        IGNORED("AWS::SSM::Parameter"),
        IGNORED("AWS::Synthetics::Canary"),
        IGNORED("AWS::WAFv2::WebACL"),
        IGNORED("AWS::WAFv2::WebACLAssociation"),
        IGNORED("AWS::XRay::Group"),
        IGNORED("AWS::XRay::SamplingRule"),
    };
    return lookup(types, ARRAY_LEN(types), type);
}

enum support support_function_property(struct str name)
{
    static const struct entry properties[] = {
        EMULATED("DeadLetterQueue"),
        EMULATED("Environment"),
        EMULATED("EventInvokeConfig"),
        EMULATED("Events"),
        EMULATED("FunctionName"),
        EMULATED("FunctionUrlConfig"),
        EMULATED("Handler"),
        EMULATED("LoggingConfig"),
        EMULATED("MemorySize"),
        EMULATED("PackageType"),
        EMULATED("ReservedConcurrentExecutions"),
        EMULATED("Runtime"),
        EMULATED("Timeout"),
        IGNORED("Architectures"),
        IGNORED("AssumeRolePolicyDocument"),
        IGNORED("AutoPublishAlias"),
        IGNORED("AutoPublishAliasAllProperties"),
        IGNORED("AutoPublishCodeSha256"),
        IGNORED("CodeSigningConfigArn"),
        IGNORED("CodeUri"),
        IGNORED("DeploymentPreference"),
        IGNORED("Description"),
        IGNORED("EphemeralStorage"),
        IGNORED("KmsKeyArn"),
        IGNORED("PermissionsBoundary"),
        IGNORED("Policies"),
        IGNORED("PropagateTags"),
        IGNORED("ProvisionedConcurrencyConfig"),
        IGNORED("RecursiveLoop"),
        IGNORED("Role"),
        IGNORED("RolePath"),
        IGNORED("RuntimeManagementConfig"),
        IGNORED("SourceKMSKeyArn"),
        IGNORED("Tags"),
        IGNORED("Tracing"),
        IGNORED("VersionDeletionPolicy"),
        IGNORED("VersionDescription"),
        IGNORED("VpcConfig"),
    };
    return lookup(properties, ARRAY_LEN(properties), name);
}

enum support support_api_property(struct str name)
{
    static const struct entry properties[] = {
        EMULATED("CorsConfiguration"),
        EMULATED("StageName"),
        EMULATED("StageVariables"),
        IGNORED("AccessLogSettings"),
        IGNORED("DefaultRouteSettings"),
        IGNORED("Description"),
        IGNORED("DisableExecuteApiEndpoint"),
        IGNORED("Domain"),
        IGNORED("FailOnWarnings"),
        IGNORED("Name"),
        IGNORED("PropagateTags"),
        IGNORED("RouteSettings"),
        IGNORED("Tags"),
    };
    return lookup(properties, ARRAY_LEN(properties), name);
}

enum support support_http_event_property(struct str name)
{
    static const struct entry properties[] = {
        EMULATED("ApiId"),
        EMULATED("Method"),
        EMULATED("Path"),
        EMULATED("PayloadFormatVersion"),
        EMULATED("TimeoutInMillis"),
        IGNORED("RouteSettings"),
    };
    return lookup(properties, ARRAY_LEN(properties), name);
}

enum support support_event(struct str type)
{
    static const struct entry types[] = {
        EMULATED("Api"),      EMULATED("HttpApi"),    EMULATED("SQS"),
        EMULATED("Schedule"), EMULATED("ScheduleV2"),
    };
    return lookup(types, ARRAY_LEN(types), type);
}

enum support support_rest_api_property(struct str name)
{
    static const struct entry properties[] = {
        EMULATED("BinaryMediaTypes"),
        EMULATED("Cors"),
        EMULATED("StageName"),
        EMULATED("Variables"),
        IGNORED("AccessLogSetting"),
        IGNORED("AlwaysDeploy"),
        IGNORED("Description"),
        IGNORED("DisableExecuteApiEndpoint"),
        IGNORED("Domain"),
        IGNORED("EndpointConfiguration"),
        IGNORED("FailOnWarnings"),
        IGNORED("MethodSettings"),
        IGNORED("Name"),
        IGNORED("OpenApiVersion"),
        IGNORED("PropagateTags"),
        IGNORED("Tags"),
        IGNORED("TracingEnabled"),
    };
    return lookup(properties, ARRAY_LEN(properties), name);
}

enum support support_rest_event_property(struct str name)
{
    static const struct entry properties[] = {
        EMULATED("Method"),          EMULATED("Path"),
        EMULATED("RestApiId"),       EMULATED("ResponseTransferMode"),
        EMULATED("TimeoutInMillis"),
    };
    return lookup(properties, ARRAY_LEN(properties), name);
}
