namespace SspNative.Model.Training;

/// <summary>Which parameters a training changes.</summary>
public enum TrainableSet
{
    /// <summary>
    /// The first phase of a stage, all of <see cref="Role.Head"/>: queries, class head, audio projection, the decoder's adapters and all that fuses
    /// text; for task <c>avss</c> also its three mask embeddings, which no pretrained file has.
    /// </summary>
    Heads,

    /// <summary>The second phase: the first's and the adapters of the backbone, <see cref="Role.Adapter"/>.</summary>
    HeadsAndBackboneAdapters,

    /// <summary>Every parameter, for small models that are trained from scratch.</summary>
    All,
}

/// <summary>The parameters of each <see cref="TrainableSet"/>.</summary>
internal static class TrainableSets
{
    /// <summary>Whether a parameter belongs to the set, by its role.</summary>
    public static bool Includes(this TrainableSet set, ParameterSpec parameter) => set.Includes(parameter.Role);

    /// <summary>Whether parameters of a role belong to the set.</summary>
    public static bool Includes(this TrainableSet set, Role role) => set switch
    {
        TrainableSet.Heads => role == Role.Head,
        TrainableSet.HeadsAndBackboneAdapters => role is Role.Head or Role.Adapter,
        _ => true,
    };
}
