using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Model.Config;

/// <summary>
/// Names the generated context that knows how the types of this assembly are read and written. <see cref="ConfigJson"/> finds it so, because the rooms
/// of these types are above its own.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal abstract class JsonTypesAttribute : Attribute
{
    public abstract IJsonTypeInfoResolver Resolver { get; }
}

/// <inheritdoc/>
/// <typeparam name="TContext">The context.</typeparam>
internal sealed class JsonTypesAttribute<TContext> : JsonTypesAttribute
    where TContext : JsonSerializerContext, new()
{
    public override IJsonTypeInfoResolver Resolver => new TContext();
}
